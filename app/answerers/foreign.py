"""Questions that a collection does not answer, generated: what an answer is told from.

Half of them ask about things of everyday life (`How much does a dishwasher cost?`), half tie such
a thing to a word of the collection (`Who repairs the dishwasher of the harbour?`), which is what
a near miss looks like. A thing that the collection names is left out: it may say something of it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

THINGS = (
    "dishwasher mortgage trombone volcano satellite chainsaw kangaroo vaccine passport laptop"
    " carburettor trampoline orchestra helicopter microscope espresso parachute accordionist"
    " pharmacist submarine skyscraper mosquito cathedral thermostat lawnmower toothbrush hamster"
    " motorway casino monastery penguin telescope escalator sauna wedding divorce scholarship"
    " tuberculosis antibiotic chessboard supermarket elevator glacier pyramid crocodile ambulance"
    " playground librarian astronaut refrigerator snowboard marathon lottery waterfall sunscreen"
    " avalanche perfume cactus dentist magician"
).split()
FAR = (
    "How much does a {thing} cost?",
    "Who invented the {thing}?",
    "When was the first {thing} seen in Europe?",
    "How do I choose a good {thing}?",
    "What is the name of the {thing} next door?",
    "How many kinds of {thing} are there?",
    "Why does a {thing} need so much attention?",
    "Where can I complain about my {thing}?",
)
NEAR = (
    "Who pays for the {thing} of the {word}?",
    "How much does the {thing} for the {word} cost?",
    "When was the {thing} of the {word} sold?",
    "Which {thing} belongs to the {word}?",
    "Where is the {thing} beside the {word}?",
    "How many {word} went to the {thing}?",
    "What does the {word} have to do with the {thing}?",
    "Why was the {word} replaced by a {thing}?",
)


def foreign_questions(
    known_words: Sequence[str], *, named: Sequence[str] = (), seed: int = 0, number: int = 120
) -> list[str]:
    """Return `number` questions, every other one about a word that the collection knows.

    `named` are those of `THINGS` that the collection names; without known words all are far.
    """
    dice = random.Random(seed)
    things = [thing for thing in THINGS if thing not in set(named)]
    questions: list[str] = []
    for turn in range(number):
        is_near = bool(known_words) and turn % 2 == 1
        template = dice.choice(NEAR if is_near else FAR)
        word = dice.choice(known_words) if is_near else ""
        questions.append(template.format(thing=dice.choice(things), word=word))
    return questions
