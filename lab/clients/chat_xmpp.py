"""Chats over XMPP, and types as a person does.

`python3 -m lab.clients.chat_xmpp HOST JID PASSWORD CERTIFICATE STEPS`; the
server shows the certificate. The file STEPS is a JSON object: `to`, whom to
write to; `begins`, or else waits until that person is there or writes; `texts`;
`pauses`, seconds before each; `last`, seconds to stay after the last.
"""

import asyncio
import json
import pathlib
import sys

import slixmpp


class Chatter(slixmpp.ClientXMPP):
    """A user who writes all texts and then leaves.

    Args:
        jid: str. Address of the user.
        password: str.
        steps: dict, as in STEPS.
    """

    def __init__(self, jid, password, steps):
        super().__init__(jid, password)
        self.steps = steps
        self.received = 0
        self._other_is_there = asyncio.Event()
        self.register_plugin("xep_0085")  # who is typing
        self.add_event_handler("session_start", self._talk)
        self.add_event_handler("presence_available", self._look)
        self.add_event_handler("message", self._count)

    async def _talk(self, event):
        to = self.steps["to"]
        self.send_presence()
        await self.get_roster()
        print("online", flush=True)
        if self.steps["begins"]:
            # Nobody is in anybody's roster, so it is told directly.
            self.send_presence(pto=to)
        else:
            await self._other_is_there.wait()
        pairs = zip(self.steps["texts"], self.steps["pauses"], strict=True)
        for text, pause in pairs:
            typing = self.make_message(mto=to, mtype="chat")
            typing["chat_state"] = "composing"
            typing.send()
            await asyncio.sleep(pause)
            message = self.make_message(mto=to, mtype="chat", mbody=text)
            message["chat_state"] = "active"
            message.send()
        await asyncio.sleep(self.steps["last"])
        await self.disconnect()

    def _look(self, presence):
        if presence["from"].bare == self.steps["to"]:
            self._other_is_there.set()

    def _count(self, message):
        self.received += bool(message["body"])
        self._other_is_there.set()


def main():
    """Runs the client."""
    host, port, jid, password, certificate, steps = sys.argv[1:]
    chatter = Chatter(
        jid, password, json.loads(pathlib.Path(steps).read_text())
    )
    chatter.ca_certs = certificate
    # Looks a name up with this port, whatever the address says.
    chatter.default_port = int(port)
    chatter.connect((host, int(port)))
    chatter.process(forever=False)
    print(f"received {chatter.received}")


if __name__ == "__main__":
    main()
