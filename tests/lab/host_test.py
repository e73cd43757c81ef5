from lab.host import Host


def test_address_of_ipv6_is_in_brackets_in_a_url(tmp_path):
    host = Host("server", tmp_path)
    host.address = "172.16.0.2"
    assert host.url_address == "172.16.0.2"
    host.address = "2001:db8::2"
    assert host.url_address == "[2001:db8::2]"
