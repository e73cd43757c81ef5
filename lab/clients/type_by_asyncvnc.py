"""Types lines into another screen over VNC by asyncvnc, and watches it.

`python -m lab.clients.type_by_asyncvnc HOST PORT PASSWORD`: the lines come from
standard input, at whose end it leaves.
"""

import asyncio
import sys
import threading

import asyncvnc

# Between updates that are asked for.
_SECONDS = 0.1


async def main():
    """Types the lines."""
    host, port, password = sys.argv[1:]
    lines = asyncio.Queue()
    loop = asyncio.get_running_loop()
    reader = threading.Thread(target=_read, args=(lines, loop), daemon=True)
    async with asyncvnc.connect(host, int(port), password=password) as client:
        client.mouse.move(100, 100)
        watching = asyncio.create_task(_watch(client))
        print("connected", flush=True)
        reader.start()
        while line := await lines.get():
            for key in line:
                client.keyboard.press("Return" if key == "\n" else key)
                await client.drain()
                await asyncio.sleep(0.1)
        watching.cancel()


def _read(lines, loop):
    for line in sys.stdin:
        loop.call_soon_threadsafe(lines.put_nowait, line)
    loop.call_soon_threadsafe(lines.put_nowait, "")


async def _watch(client):
    while True:
        client.video.refresh()
        await client.read()
        await asyncio.sleep(_SECONDS)


if __name__ == "__main__":
    asyncio.run(main())
