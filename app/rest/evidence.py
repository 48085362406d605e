"""Evidence files: what an auditor takes away to verify an invoice offline."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.billing.evidence import load_evidence
from app.domain.actor import Actor
from app.graphql.ids import row_id
from app.rest.answers import for_callers


@for_callers(points=100)
async def get_evidence(request: Request, actor: Actor) -> Response:
    """The evidence file of an invoice, for whoever may see its organization's bills."""
    evidence = await load_evidence(actor, row_id("Invoice", request.path_params["id"]))
    name = f"evidence-{evidence['invoice']['number']}.json"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(orjson.dumps(evidence, option=orjson.OPT_INDENT_2), media_type="application/json", headers=headers)
