"""What became of the packets of one capture."""

import dataclasses

# Why a packet is dropped, in the order in which the rules are asked: a packet
# to which several apply counts under the first.
REASONS = (
    "unknown_link_type",
    "unread_link_header",
    "arp",
    "not_ip",
    "malformed",
    "fragment",
    "icmp",
    "icmpv6",
    "igmp",
    "dns",
    "dhcp",
    "ntp",
    "netbios",
    "ssdp",
    "mdns",
    "llmnr",
    "dhcpv6",
    "payload_cut",
    "empty_tcp",
    "empty_udp",
    "empty_other",
)


@dataclasses.dataclass
class CaptureReport:
    """How many packets were read, kept, and dropped, and why.

    `read == kept + sum(dropped.values())` holds at all times.

    Args:
        capture: str. Name of the capture.
        read: int. Packets read so far.
        kept: int. Packets that gave a row.
        truncated: int. Kept packets of which the capture holds fewer bytes
            than the IP header states.
        dropped: dict of reason to count, the reasons that occurred.
        warnings: list of str. What a reader of the result should know.
    """

    capture: str = ""
    read: int = 0
    kept: int = 0
    truncated: int = 0
    dropped: dict[str, int] = dataclasses.field(default_factory=dict)
    warnings: list[str] = dataclasses.field(default_factory=list)

    def as_dict(self):
        """Returns the report as a dict that `json` can write.

        The reasons stand in the order of `REASONS`.
        """
        report = dataclasses.asdict(self)
        report["dropped"] = {
            reason: self.dropped[reason]
            for reason in REASONS
            if reason in self.dropped
        }
        return report
