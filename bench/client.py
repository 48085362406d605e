"""What `wrk -s post.lua` does, for machines that have no wrk: connections that post bodies in turn, one request at a
time each. It takes the same arguments and prints the same result."""

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit


async def _post(url: str, head: bytes, bodies: Iterator[bytes], until: float, pause: float, taken: list[float]) -> int:
    """Until the instant. Returns how many failed."""
    address, failures, chance = urlsplit(url), 0, random.Random(1)  # noqa: S311 - a load, no secret
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    while time.perf_counter() < until:
        if pause:
            await asyncio.sleep(chance.expovariate(1 / pause))
        body = next(bodies)
        began = time.perf_counter()
        writer.write(b"%sContent-Length: %d\r\n\r\n%s" % (head, len(body), body))
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        content = await reader.readexactly(length)
        taken.append(time.perf_counter() - began)
        if b" 200 " not in answer[:20] or b'"errors":' in content or b'"problems":' in content:
            failures += 1
            print(content[:2000].decode(), file=sys.stderr)
    writer.close()
    return failures


async def _press(given: argparse.Namespace) -> dict[str, float]:
    folder, token, media = given.rest[:3]
    pause = float(given.rest[3]) / 1000 if len(given.rest) > 3 else 0.0  # noqa: PLR2004 - an optional fourth
    address = urlsplit(given.url)
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nAccept: {media}\r\n"
    ).encode()
    lists = [cycle((Path(folder) / str(one)).read_bytes().splitlines()) for one in range(given.t)]
    taken: list[float] = []
    began = time.perf_counter()
    until = began + float(given.d.removesuffix("s"))
    failures = await asyncio.gather(
        *(_post(given.url, head, lists[number % given.t], until, pause, taken) for number in range(given.c))
    )
    ordered = sorted(taken)
    return {
        "requests": len(taken),
        "seconds": time.perf_counter() - began,
        "failures": sum(failures),
        "p50": ordered[len(ordered) // 2],
        "p99": ordered[len(ordered) * 99 // 100],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, kind in (("t", int), ("c", int), ("d", str), ("s", str)):
        parser.add_argument(f"-{name}", type=kind)
    parser.add_argument("--timeout")
    parser.add_argument("url")
    parser.add_argument("rest", nargs="+")
    print(f"RESULT {json.dumps(asyncio.run(_press(parser.parse_args())))}")


if __name__ == "__main__":
    main()
