"""The society's annual report: figures, charts and a table or two on each page."""

from __future__ import annotations

from indexer.demo_corpus import seascapes
from indexer.demo_corpus.charts import MONTHS, bars, lines, pie
from indexer.demo_corpus.paper import (
    LEAD,
    Sheet,
    caption,
    figure,
    gap,
    heading,
    prose,
    table,
    title_page,
)

ACCENT = "#1f5f8b"


def sheets() -> list[Sheet]:
    cover = title_page(
        "Annual report 2025",
        "What the Tarnmouth Shore and Craft Society did, counted and "
        "mended in its thirty-first year",
        ACCENT,
        seascapes.lighthouse_by_day,
        foot="Tarnmouth Shore and Craft Society - The Old Net Loft, Quay Lane 4",
    )
    return [cover, _letter(), _members(), _money(), _birds(), _workshop(), _plans(), _thanks()]


def _letter() -> Sheet:
    return Sheet(
        [
            heading("A letter from the chair", ACCENT),
            *prose(
                """
        Dear friends, this was the year in which the roof of the Net Loft stopped leaking.""",
                LEAD,
            ),
            *prose("""
        It took eleven Saturdays, four hundred and sixty slates and more sandwiches than
        anybody wrote down. When the November gale came, not one drop reached the
        workbenches, and the bats that live under the eastern gable came back to their beam
        within a week of the scaffolding leaving.

        We lost Old Henning's dinghy, which broke from her mooring in February and was found
        in pieces below the lime kiln. Her rudder hangs over the door now. We gained a kiln
        of a different kind: the pottery group fired its first forty mugs in May, and
        thirty-one of them hold water.

        The herons nested again on Gull Holm after nineteen years. You will find the whole
        story in the article that Marta Quill wrote for the spring bulletin; I only want to
        say that the wardens sat in the rain for sixty-two mornings so that nobody would
        disturb them.

        Thank you for every hour you gave. The tide comes in twice a day, and so, it seems,
        do our members.
        """),
            gap(6),
            *prose("Ada Rook, chair"),
        ]
    )


def _members() -> Sheet:
    years = ("2019", "2020", "2021", "2022", "2023", "2024", "2025")
    rows = [
        ("Kind of membership", "2024", "2025", "Fee in crowns"),
        ("Adults", "214", "238", "36"),
        ("Families", "61", "77", "60"),
        ("Young members under 18", "48", "71", "8"),
        ("Honorary members", "9", "9", "none"),
    ]
    return Sheet(
        [
            heading("Our members", ACCENT),
            *prose("""
        At the end of December the society had 395 members, sixty-three more than a year
        before. Most of the new ones came through the children's afternoons: a family that
        has built a kite together tends to stay.
        """),
            bars(
                years,
                {"Members": (251, 243, 262, 288, 305, 332, 395)},
                unit="members on 31 December",
            ),
            caption("Membership since 2019. The dip of 2020 was made good within a year."),
            gap(4),
            table(rows, (76, 30, 30, 30), ACCENT),
        ]
    )


def _money() -> Sheet:
    rows = [
        ("Income and spending in crowns", "Budget", "Actual"),
        ("Membership fees", "12,400", "13,756"),
        ("Summer fete and stall", "4,000", "5,218"),
        ("Grant for the roof", "9,000", "9,000"),
        ("Slates, timber and scaffolding", "-14,500", "-13,902"),
        ("Boat upkeep", "-3,200", "-3,847"),
        ("Insurance and power", "-2,900", "-2,955"),
        ("Left over", "4,800", "7,270"),
    ]
    shares = {"Roof": 67, "Boats": 19, "Insurance and power": 14}
    return Sheet(
        [
            heading("The treasurer's page", ACCENT),
            *prose("""
        We spent less on the roof than we feared and more on the boats than we hoped. The
        surplus goes into the slipway fund, which now stands at 21,640 crowns.
        """),
            table(rows, (96, 35, 35), ACCENT),
            gap(6),
            heading("Where each hundred crowns went", size=15),
            pie(shares),
            caption(
                "Joren Fell, treasurer. The books may be seen at the Net Loft on any Thursday."
            ),
        ]
    )


def _birds() -> Sheet:
    kinds = ("Oystercatcher", "Sandwich tern", "Eider", "Grey heron", "Curlew")
    counts = {"2024": (118, 64, 92, 0, 31), "2025": (131, 87, 79, 6, 28)}
    return Sheet(
        [
            heading("Nature watch: breeding birds", ACCENT),
            *prose("""
        Twenty-two volunteers walked the shore between the lime kiln and Gull Holm on nine
        Sundays. The count is of breeding pairs, and every nest was seen twice by different
        people before it was written down.
        """),
            bars(kinds, counts, unit="breeding pairs", height_mm=88),
            caption(
                "Terns gained most. Eiders fell for the third year, as they did all along this "
                "coast."
            ),
            *prose("""
        The warm, dry May helped the terns, whose chicks drown easily in heavy rain. Why the
        eiders decline we do not know; mussel beds off the western mole have thinned since
        the dredging, and that is our first suspicion.

        The curlew's evening call is still heard on the salt marsh, but three of the old
        nesting fields were mown too early. Two farmers have agreed to wait until the tenth
        of July next year.
        """),
        ]
    )


def _workshop() -> Sheet:
    hours = {
        "Wood": (64, 70, 82, 90, 71, 60, 44, 40, 75, 96, 110, 88),
        "Pottery": (0, 0, 12, 22, 48, 50, 36, 30, 44, 52, 66, 72),
    }
    rows = [
        ("Finished in the workshop", "Pieces"),
        ("Toy boats for the school", "46"),
        ("Nest boxes", "38"),
        ("Mugs and bowls", "127"),
        ("Mended chairs", "19"),
        ("One new rudder", "1"),
    ]
    return Sheet(
        [
            heading("Hours at the bench", ACCENT),
            *prose("""
        The workshop was open on 148 evenings. Wood is busiest when the nights are long;
        pottery started from nothing in March, when the kiln was wired, and has not stopped
        growing since.
        """),
            lines(MONTHS, hours, unit="hours worked per month"),
            caption("Wood rests in high summer, when everybody is on the water."),
            gap(4),
            table(rows, (120, 46), ACCENT),
        ]
    )


def _plans() -> Sheet:
    rows = [
        ("What we plan for 2026", "By", "Cost in crowns"),
        ("New cradle and winch for the slipway", "April", "8,400"),
        ("Bird hide with wheelchair ramp on the salt marsh", "June", "3,100"),
        ("Second potter's wheel", "August", "950"),
        ("Lending library of hand tools", "October", "600"),
        ("Weather station on the mole, with a tide gauge", "November", "1,750"),
    ]
    return Sheet(
        [
            heading("Plans for next year", ACCENT),
            *prose("""
        The largest piece of work is the slipway. The cradle dates from 1961, and its third
        wheel has been held on by a bolt from a tractor since the spring. We will build a
        new one in larch with galvanised runners.
        """),
            table(rows, (106, 28, 32), ACCENT, numbers_from=2),
            gap(5),
            *prose("""
        The bird hide is a gift to those of us who cannot climb the sea wall any more. The
        ramp has a slope of one in twenty, and there will be a low window for wheelchairs
        and for small children.

        The tool library follows an idea of our youngest members: a plane or a spokeshave is
        used on ten days in the year and sleeps on all the others. Anyone may borrow a tool
        for two weeks against a signature.
        """),
            gap(4),
            figure(seascapes.harbour, 150, 78),
        ]
    )


def _thanks() -> Sheet:
    rows = [
        ("Committee", "Name", "Since"),
        ("Chair", "Ada Rook", "2018"),
        ("Treasurer", "Joren Fell", "2021"),
        ("Secretary", "Ines Corley", "2016"),
        ("Boats", "Tobit Lane", "2023"),
        ("Nature watch", "Marta Quill", "2011"),
        ("Workshop", "Willem Pask", "2020"),
        ("Children's afternoons", "Sanne Orrel", "2024"),
    ]
    return Sheet(
        [
            heading("Thanks, and who to ask", ACCENT),
            *prose("""
        To the bakery on the quay for bread on every roof Saturday. To the lifeboat crew,
        who towed us home twice and laughed only once. To the school, whose third form
        painted the picture cards. To the neighbour who wants no thanks for the slates and
        gets them here all the same.
        """),
            gap(4),
            table(rows, (60, 70, 36), ACCENT, numbers_from=2),
            gap(6),
            *prose("""
        The general meeting is held on the second Friday of March at seven in the evening.
        Soup is served before it and songs are sung after it; nobody has to stay for either.
        """),
        ]
    )
