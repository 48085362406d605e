"""The examples of a document, and what they print: shell in one Bash, Python in one namespace, from top to bottom."""

import ast
import asyncio
import inspect
import io
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACEHOLDER = re.compile(r"^\| `(«[^»]+»)` \| [^|`]*`([^`]+)` \|$", re.MULTILINE)
_RUN = ("sh", "python")
_ANSWER = "text answer"
_END = "--end of this example--"


@dataclass(frozen=True, slots=True)
class Example:
    """A block that is run, and exactly what it prints; nothing, where no answer stands under it."""

    language: str
    code: str
    answer: str
    line: int


def read_examples(text: str) -> list[Example]:
    """Every fenced block of a document, in order. Raises: ValueError for one that is neither run nor an answer."""
    examples: list[Example] = []
    for fence in _FENCE.finditer(text):
        kind, content, line = fence[1], fence[2], text.count("\n", 0, fence.start()) + 1
        if kind == _ANSWER and examples and not examples[-1].answer:
            last = examples.pop()
            examples.append(Example(last.language, last.code, content, last.line))
        elif kind in _RUN:
            examples.append(Example(kind, content, "", line))
        else:
            raise ValueError(f"line {line}: a block is `sh`, `python`, or `{_ANSWER}` under one of these, not `{kind}`")
    if text.count("```") != 2 * len(list(_FENCE.finditer(text))):
        raise ValueError("a block is not closed")
    return examples


def read_placeholders(text: str) -> dict[str, str]:
    """What stands for what differs each time, as a regular expression: the document's own table."""
    return dict(_PLACEHOLDER.findall(text))


def is_as_stated(answer: str, printed: str, placeholders: dict[str, str]) -> bool:
    """Whether what was printed is the answer, to the letter but for its placeholders."""
    pattern = re.escape(answer)
    for name, expression in placeholders.items():
        pattern = pattern.replace(re.escape(name), f"(?:{expression})")
    return re.fullmatch(pattern, printed) is not None


@dataclass(slots=True)
class Session:
    """Somebody at a terminal with one Bash and one Python."""

    bash: asyncio.subprocess.Process
    names: dict[str, Any] = field(default_factory=dict)

    async def run(self, example: Example) -> str:
        """Run an example to its end; gives what it prints, errors included."""
        return await (self._run_shell(example.code) if example.language == "sh" else self._run_python(example))

    async def _run_shell(self, code: str) -> str:
        assert self.bash.stdin is not None
        assert self.bash.stdout is not None
        self.bash.stdin.write(f"{code}\necho '{_END}'\n".encode())
        await self.bash.stdin.drain()
        async with asyncio.timeout(60):
            printed = await self.bash.stdout.readuntil(f"{_END}\n".encode())
        return printed.decode().removesuffix(f"{_END}\n")

    async def _run_python(self, example: Example) -> str:
        exported = await self._run_shell("echo $SEATMARK_KEY")
        os.environ["SEATMARK_KEY"] = exported.strip()
        module = compile(example.code, f"line {example.line}", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        with redirect_stdout(io.StringIO()) as printed:
            awaited = eval(module, self.names)  # noqa: S307 - the document is ours
            if inspect.isawaitable(awaited):
                await awaited
        return printed.getvalue()


@asynccontextmanager
async def session(directory: Path, **variables: str) -> AsyncIterator[Session]:
    """A new session in a directory, with variables in its environment."""
    bash = await asyncio.create_subprocess_exec(
        "bash",
        cwd=directory,
        env={**os.environ, **variables},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield Session(bash)
    finally:
        assert bash.stdin is not None
        bash.stdin.close()
        await bash.wait()
