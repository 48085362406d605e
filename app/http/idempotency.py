"""`Idempotency-Key`: a mutation that is sent again with the same key is done once, and answered the same."""

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import reduce
from operator import getitem
from typing import Any

from graphql import ExecutionResult, print_ast
from starlette.datastructures import Headers

from app.domain.actor import Actor
from app.domain.errors import DomainError, ErrorCode
from app.graphql.context import Context
from app.http.answers import Answer, encode, executed
from app.http.operations import Operation
from app.http.refusals import RequestRefused
from app.identity.idempotency import Fate, Outcome, Part, run_once
from app.words.speaking import Said, said

HEADER = "Idempotency-Key"
REPLAYED = {"Idempotency-Replayed": "true"}
"""The header of an answer that was given before."""

_SAID = "said"
"""Beside `data` and `errors` of a stored answer: the place, the sentence and the code of what is told in a language."""
_KEY = re.compile(r'"(?P<quoted>(?:[!#-\[\]-~]|\\["\\]){1,255})"|(?P<bare>[!#-~][!-~]{0,254})')
_OURS = {code.value for code in ErrorCode}
"""Codes of what is refused for good; the others tell that something broke."""

Execute = Callable[[Part, DomainError | None], Awaitable[tuple[Context, ExecutionResult]]]
"""Executes a part of the operation; or, given a refusal, has its mutation refused with that."""


def read_key(headers: Headers, operation: Operation) -> str | None:
    """The key of a mutation; None without one, and for a query, which can be sent again as it is.

    A structured field's string and a bare token mean the same: `"8e03…"`, `8e03…`.

    Raises: RequestRefused 400 for what is no key, and for an operation of several mutations.
    """
    given = headers.getlist(HEADER)
    if not given or not operation.is_mutation:
        return None
    found = _KEY.fullmatch(given[0].strip())
    if found is None or len(given) > 1:
        raise _bad(f"One `{HEADER}` has between 1 and 255 visible ASCII characters.")
    if len(_answered_fields(operation)) != 1:
        raise _bad(f"Under an `{HEADER}` an operation is one mutation.")
    return found["bare"] or re.sub(r"\\(.)", r"\1", found["quoted"])


async def execute_once(actor: Actor, key: str, operation: Operation, execute: Execute) -> Answer:
    """The answer to a mutation under a key. A key that is in the way is told as any other refusal: by `UserError`."""
    answers: list[Answer] = []

    async def run(part: Part) -> Outcome:
        context, result = await execute(part, None)
        answer, fate = _judge(context, executed(result))
        answers.append(answer)
        return Outcome(_kept(answer), fate)

    try:
        outcome = await run_once(actor, key, _canonical(operation), run)
    except DomainError as refusal:
        _, result = await execute(Part.WHOLE, refusal)
        return executed(result)
    return Answer(_said_again(outcome.body), headers=REPLAYED) if outcome.is_replayed else answers[-1]


def _kept(answer: Answer) -> bytes:
    """The answer as it is stored: with every sentence in it that is said in another language to who asks in that."""
    body = {name: answer.body[name] for name in ("data", "errors") if name in answer.body}
    sentences = [[path, one.sentence, one.code] for path, one in _sentences(body, ())]
    return encode({**body, _SAID: sentences} if sentences else body)


def _said_again(kept: bytes) -> Mapping[str, Any]:
    """The stored answer, in the language of whoever asks now."""
    body: dict[str, Any] = json.loads(kept)
    for (*way, last), sentence, code in body.pop(_SAID, ()):
        reduce(getitem, way, body)[last] = said(sentence, ErrorCode(code) if code is not None else None)
    return body


def _sentences(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Said]]:
    """What is told in the reader's language, with its place in the answer."""
    if isinstance(value, Said):
        yield path, value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _sentences(one, (*path, name))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _sentences(one, (*path, place))


def _judge(context: Context, answer: Answer) -> tuple[Answer, Fate]:
    """What becomes of an answer; where its effect is taken back, it tells of none."""
    errors = answer.body.get("errors", ())
    if not answer.body.get("data") or any(error["extensions"]["code"] not in _OURS for error in errors):
        return (Answer({**answer.body, "data": None}) if answer.is_executed else answer), Fate.TAKEN_BACK
    if any(refusal.code is ErrorCode.CONFLICT for refusal in context.refusals):
        return answer, Fate.TAKEN_BACK
    if context.part is Part.START and context.has_rest:
        return answer, Fate.BEGUN
    return answer, Fate.UNTOLD if context.shows_secret else Fate.KEPT


def _canonical(operation: Operation) -> bytes:
    """The same for the same operation, however it is laid out and in whatever order its variables come."""
    asked = [print_ast(operation.document.node), operation.name, operation.variables]
    return json.dumps(asked, sort_keys=True, separators=(",", ":")).encode()


def _answered_fields(operation: Operation) -> set[str]:
    """What the operation's own answer has, by the names that it gives them."""
    return {(node.alias or node.name).value for node in operation.root_fields} - {"__typename"}


def _bad(message: str) -> RequestRefused:
    return RequestRefused.because(400, ErrorCode.INVALID_INPUT.value, message)
