"""Names of what may hold IP packets and is not read, for warnings."""

# By the number of the link type, after tcpdump.org/linktypes.html. Others
# than these are given by number alone.
_LINK_TYPES = {
    3: "AX.25",
    6: "Token Ring",
    7: "ARCNET",
    8: "SLIP",
    10: "FDDI",
    11: "ATM, RFC 1483",
    100: "ATM, RFC 1483",
    105: "IEEE 802.11",
    107: "Frame Relay",
    109: "OpenBSD IPsec encapsulation",
    117: "OpenBSD PF log",
    119: "IEEE 802.11 with Prism header",
    122: "IP over Fibre Channel",
    127: "IEEE 802.11 radiotap",
    129: "ARCNET of Linux",
    143: "DOCSIS",
    163: "IEEE 802.11 with AVS header",
    166: "PPP of pppd",
    187: "Bluetooth HCI",
    189: "USB of Linux",
    192: "Per-Packet Information",
    195: "IEEE 802.15.4",
    197: "ERF",
    201: "Bluetooth HCI with direction",
    204: "PPP with direction",
    205: "Cisco HDLC with direction",
    206: "Frame Relay with direction",
    220: "USB of Linux, padded",
    226: "Solaris IPnet",
    227: "CAN",
    231: "D-Bus",
    239: "NFLOG",
    242: "IP over InfiniBand",
    247: "InfiniBand",
    249: "USBPcap",
    253: "Netlink of Linux",
    271: "vSockets of Linux",
    274: "Ethernet with preamble",
}


def link_type_name(link_type):
    """Returns a link type with its name: `"127 (IEEE 802.11 radiotap)"`."""
    if link_type in _LINK_TYPES:
        return f"{link_type} ({_LINK_TYPES[link_type]})"
    return str(link_type)
