"""Plays one story with one card, and lets nothing pass that it did not manage or that it left behind."""

from __future__ import annotations

import time
import traceback

from conformance.clients.story import ByNature, Story, StoryFailed
from conformance.clients.support.client_environment import World
from conformance.clients.support.results import Outcome, Verdict
from conformance.testbed.helper import RigError

LINGERING_SECONDS = 10


def played(story: Story, card: str) -> Outcome:
    """What became of a story; nothing that it does gets past this."""
    started = time.monotonic()
    verdict, why = Verdict.DONE, ""
    try:
        _tell(story, card)
    except ByNature as nature:
        verdict, why = Verdict.BY_NATURE, str(nature)
    except (StoryFailed, RigError) as failure:
        verdict, why = Verdict.FAILED, str(failure)
    except Exception:
        verdict, why = Verdict.FAILED, traceback.format_exc()
    return Outcome(story.client, story.does, card, verdict, time.monotonic() - started, why)


def _tell(story: Story, card: str) -> None:
    nature: ByNature | None = None
    with World(story.slug, card) as world:
        try:
            story.tell(world)
        except ByNature as limit:
            nature = limit
        world.stop_programs()
        world.wait_for_the_end(LINGERING_SECONDS)
    if nature:
        raise nature
