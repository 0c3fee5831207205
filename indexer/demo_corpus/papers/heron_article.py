"""The article about the herons, in two columns, as the bulletin printed it."""

from __future__ import annotations

from indexer.demo_corpus.canvas import Canvas, down
from indexer.demo_corpus.charts import lines
from indexer.demo_corpus.paper import SERIF, Sheet, caption, figure, gap, heading, in_columns, prose
from indexer.demo_corpus.scenery import ridge, sea, sky
from indexer.demo_corpus.things.animals import heron
from indexer.demo_corpus.things.plants import fir

ACCENT = "#3f5f78"


def sheets() -> list[Sheet]:
    return [_return(), _watching(), _figures(), _advice()]


def wader(c: Canvas) -> None:
    """Draw a heron in the shallows at dawn."""
    sky(c, ("#f3d9c0", "#fbeedd"), low=62)
    ridge(c, [50, 46, 51, 45, 50], down("#a9b9a0", "#8a9f88"))
    sea(c, 58, colours=("#a9c9d3", "#6f9fb3"))
    heron(c.at(c.width * 0.5, 46, 0.84))
    for x in (0.08, 0.14, 0.84, 0.92):
        c.stroke([(c.width * x, 100), (c.width * x + 2, 66)], "#6f7d4a", 0.9)
        c.blob([(c.width * x + 1, 70), (c.width * x + 2, 60), (c.width * x + 3.4, 70)], "#7a5230")


def _nest(c: Canvas) -> None:
    """Draw the pine with the nest, against an evening sky."""
    sky(c, ("#8fb4cf", "#e9d9c6", "#f6e6cf"))
    for x, size in ((0.3, 0.7), (0.5, 0.92), (0.72, 0.76)):
        fir(c.at(c.width * x, 96 - 50 * size, size), tone="#4a6b5c")
    nest = c.at(c.width * 0.5 + 17, 50)
    nest.blob([(-13, 0), (13, 0), (8, 7), (-8, 7)], "#7a5a3a")
    for k in range(-12, 13, 3):
        nest.stroke([(k, 1), (k + 4, 6)], "#4f3822", 0.6)
    heron(c.at(c.width * 0.5 + 18, 30, 0.42))
    ridge(c, [92, 89, 93, 90, 92], down("#7d9c68", "#5c7d50"))


def _return() -> Sheet:
    return Sheet(
        [
            heading("The herons of Gull Holm", ACCENT, size=32),
            figure(wader, 170, 104),
            caption("An adult at the edge of the marsh, half past five in the morning."),
            in_columns(
                prose(
                    """
        On the second of March, in sleet, a grey heron flew over the mole with a stick in
        its beak. A heron with a stick is a heron with plans. It crossed the sound, circled
        the three old pines on Gull Holm and let the stick fall into the fork of the middle
        one.

        Nobody had seen that for nineteen years. The last colony left in the summer of 2006,
        after two springs in which the eggs were taken by somebody with a boat. The nests
        blew down one by one. In 2014 the pines themselves were to be felled for the view.

        That they stand is owed to a letter of forty lines by Henning Brandel, boatman, who
        was no friend of birds. He wrote that a seaman needs a mark to steer by, that the
        pines have been on the chart since 1870, and that whoever cuts them may explain
        himself to the next ship on the bar. The council voted against the saw.

        By the twentieth of March there were four sticks-in-forks that one could call nests,
        and by the first of April six. The birds worked in pairs: the male fetched, the
        female built, and about every fifth stick was stolen from a neighbour.

        The first egg must have been laid in the last week of March. We did not see it. What
        we saw was a bird that sat low and would not leave when it hailed.
        """,
                    SERIF,
                )
            ),
        ]
    )


def _watching() -> Sheet:
    return Sheet(
        [
            heading("Sixty-two mornings", ACCENT),
            in_columns(
                [
                    *prose(
                        """
        A colony in its first year is easily lost. One picnic under the trees is enough: the
        old birds fly up, crows come down, and in ten minutes the season is over. So we drew
        up a list. From the fifteenth of March to the fifteenth of May somebody sat in the
        old customs hut from five until nine and asked people, politely, to walk on the
        other side.

        Sixty-two mornings, twenty-two wardens, one thermos flask. It rained on thirty-four
        of them. Wardens were asked to write down everything, and they did: the log has 118
        pages and contains, besides herons, a recipe for onion tart, a proposal of marriage
        and a drawing of a cloud.

        Eleven boats came too near. Ten turned away when they were hailed. The eleventh was
        a film crew with a drone, which the herons ignored and a great black-backed gull did
        not. The drone was recovered at low water.
        """,
                        SERIF,
                    ),
                    heading("What herons eat", ACCENT, size=14),
                    *prose(
                        """
        Under the nests we gathered what had been dropped: eel, flounder, shore crab, a
        great many sticklebacks, two water voles, and one goldfish, from whose pond we do
        not wish to know.

        An adult needs about four hundred grams a day. For its chicks it brings five meals
        between dawn and dusk and coughs them up on the rim of the nest, which can be heard
        on the mole when the wind is right.
        """,
                        SERIF,
                    ),
                    heading("A word about smell", ACCENT, size=14),
                    *prose(
                        """
        It was asked at the meeting whether a heronry smells. It does. The islanders of old
        planted elder below such trees, and we have done the same.
        """,
                        SERIF,
                    ),
                ]
            ),
        ]
    )


def _figures() -> Sheet:
    years = [str(y) for y in (1985, 1990, 1995, 2000, 2005, 2010, 2015, 2020, 2025)]
    return Sheet(
        [
            heading("The colony in numbers", ACCENT),
            lines(
                years,
                {"nests": (9, 12, 14, 11, 7, 0, 0, 0, 6)},
                unit="occupied nests on Gull Holm",
                width_mm=168,
                height_mm=70,
            ),
            caption("Nests from 1985 to 2025. The colony was given up in 2006."),
            gap(3),
            in_columns(
                [
                    *prose(
                        """
        Six pairs laid, five hatched, and thirteen young birds flew. That is 2.2 for each
        nest, which is fair for beginners; on the mainland, colonies that are left in peace
        reach 2.6.

        The first young bird stood on the rim on the ninth of May and left it on the
        eleventh of June, not by flying but by falling, and then, just above the water, by
        flying.

        Three of the thirteen were ringed with the help of a climber. The rings are white
        with a black letter: K, L and M. If you see one, tell us which leg it is on.

        L was seen in October on a sewage farm, three hundred kilometres to the south, in
        good health.
        """,
                        SERIF,
                    ),
                    heading("Why now?", ACCENT, size=14),
                    *prose(
                        """
        Winters have been mild, and a heron dies of ice more than of anything else. The
        water in the sound is cleaner since the cannery closed. And the boardwalk, which we
        feared, has kept people to one path, where before there were twelve.

        It may also be chance. A single pair that is driven from elsewhere can found a town.
        We shall never know, and the herons do not say.
        """,
                        SERIF,
                    ),
                ]
            ),
        ]
    )


def _advice() -> Sheet:
    return Sheet(
        [
            heading("How to watch without harm", ACCENT),
            in_columns(
                [
                    *prose(
                        """
        Stay on the planks. From the second hide the nearest nest is three hundred metres
        away, and with a spotting scope you will see the colour of the eye, which is yellow,
        and turns orange for a few days in spring.

        Do not come with the light behind you: a black shape on a bright wall is what a
        heron fears. Come late in the day, when the sun is low in the west, and wear
        whatever you like so long as it does not flap.

        Keep dogs away altogether. A heron does not tell a spaniel from a fox, and is right.

        Take pictures, but never with a flash, and do not publish them with the place before
        August.
        """,
                        SERIF,
                    ),
                    heading("Next spring", ACCENT, size=14),
                    *prose(
                        """
        The list for 2026 hangs by the door of the Net Loft. We need thirty wardens, because
        there will be more nests and there should be fewer colds. Nobody has to know
        anything about birds. One has to be able to sit still, to say good morning and to
        get up at four.

        There will be a new stove in the customs hut, and the thermos flask has been joined
        by a second one.

        Marta Quill leads the nature watch. She thanks all wardens, and the unknown person
        who left a jar of plum jam on the step every Sunday.
        """,
                        SERIF,
                    ),
                ]
            ),
            gap(4),
            figure(_nest, 168, 84),
            caption("The middle pine on Gull Holm, with the nest of 2025."),
        ]
    )
