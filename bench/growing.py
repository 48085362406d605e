"""What the same takes with ten times as many organizations, and in an organization with ten times as many spans."""

from bench import checking, listing, previewing
from bench.asking import Pair, Question, one_by_one, run_pair
from bench.figures import ROUNDS, Figure, flat_memory, growth
from bench.load import press
from bench.world import Office, open_office, plant_organizations, seat, settle_down

FEW, MANY = 100, 1_000


async def measure() -> list[Figure]:
    office, small, large = await open_office(listing.PEOPLE), await open_office(200), await open_office(2_000)
    await listing.fill(office)
    await seat(small, small.people, previewing.SPANS_EACH)
    await seat(large, large.people, previewing.SPANS_EACH)
    await plant_organizations(office, FEW)
    await settle_down()
    async with run_pair() as pair:
        before = {question.name: await _time(pair, question) for question in _questions(office)}
        memory = pair.ours.memory
        await plant_organizations(office, MANY - FEW)
        await settle_down()
        after = {question.name: await _time(pair, question) for question in _questions(office)}
        of_few, of_many = [await _time(pair, previewing.preview(one, 0)) for one in (small, large)]
        return [
            *(growth(f"{name}, {MANY} organizations", before[name], after[name]) for name in before),
            growth("invoicePreview, ten times as many spans", of_few, of_many),
            flat_memory("memory of the API after all of that", memory, pair.ours.memory),
        ]


def _questions(office: Office) -> list[Question]:
    return [checking.question(office, 1, 0), checking.question(office, 100, 0), listing.question(office)]


async def _time(pair: Pair, question: Question) -> list[float]:
    door, _ = pair.doors(question)
    if question.one_by_one is not None:
        return [await one_by_one(door, question.bodies[0], question.one_by_one) for _ in range(ROUNDS)]
    return [(await press(door, [question.bodies])).seconds_each for _ in range(ROUNDS + 1)][1:]
