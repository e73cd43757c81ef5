"""A capture's report in words."""


def format_dropped(report):
    """Lists why packets were dropped, the most frequent reason first.

    Args:
        report: `CaptureReport`.

    Returns:
        str such as `"empty_tcp 11, arp 2"`, empty if nothing was dropped.
    """
    by_count = sorted(report.dropped.items(), key=lambda item: -item[1])
    return ", ".join(f"{reason} {count}" for reason, count in by_count)


def format_counts(report):
    """Says what became of the packets of a capture.

    Args:
        report: `CaptureReport`.

    Returns:
        str such as `"5 read, 2 kept, 1 of them cut off; dropped: arp 3"`.
    """
    text = f"{report.read} read, {report.kept} kept"
    if report.truncated:
        text += f", {report.truncated} of them cut off"
    if report.dropped:
        text += f"; dropped: {format_dropped(report)}"
    return text
