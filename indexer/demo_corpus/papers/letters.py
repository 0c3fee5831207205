"""Papers of the office: draft minutes with a watermark, an invoice, and their small tables."""

from __future__ import annotations

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas as Sheetfeed

from indexer.demo_corpus.charts import bars
from indexer.demo_corpus.paper import Sheet, bullets, caption, gap, heading, prose, table

MINUTES_ACCENT, INVOICE_ACCENT = "#5a5f6b", "#2f6f6a"


def minutes() -> list[Sheet]:
    return [_opening(), _slipway(), _motions(), _votes()]


def draft_mark(feed: Sheetfeed, width: float, height: float) -> None:
    """Print DRAFT in pale grey across the page, below the text."""
    feed.saveState()
    feed.translate(width / 2, height / 2)
    feed.rotate(52)
    feed.setFont("Helvetica-Bold", 150)
    feed.setFillColor(HexColor("#eceef1"))
    feed.drawCentredString(0, -50, "DRAFT")
    feed.restoreState()


def _opening() -> Sheet:
    return Sheet(
        [
            heading("Minutes of the general meeting", MINUTES_ACCENT),
            *prose("""
        Net Loft, Friday 14 March 2025, seven in the evening. In the chair: Ada Rook.
        Minutes: Ines Corley. Present: 83 members and one dog.
        """),
            heading("1  Opening", size=16),
            *prose("""
        The chair welcomed everybody, in particular the eleven new members in the back row,
        and asked for a minute of silence for Henning Brandel, who had kept the boats for
        twenty-six years.
        """),
            heading("2  Minutes of last year", size=16),
            *prose("""
        They were approved with one correction: the stove had been repaired by Willem Pask
        and not, as written, by accident.
        """),
            heading("3  Report of the treasurer", size=16),
            *prose("""
        Joren Fell presented the accounts for 2024. Income was 24,310 crowns and spending
        22,985. The auditors, Mrs Dray and Mr Ollen, had found every receipt but one, for a
        bag of nails, and recommended that the committee be discharged. This was done by
        show of hands.
        """),
            heading("4  Report on the boats", size=16),
            *prose("""
        The cutter needs a new mast step before she can be sailed. Both dinghies are sound.
        The rowing eight has become a rowing six, since two oars were lent to somebody whom
        nobody could name.
        """),
        ],
        plate=draft_mark,
    )


def _slipway() -> Sheet:
    rows = [
        ("Offer for the slipway", "Material", "Price in crowns", "Ready in"),
        ("Boatyard Ekman", "steel, galvanised", "14,200", "6 weeks"),
        ("Our own hands", "larch with iron runners", "8,400", "a season"),
        ("Harbour Works Ltd", "concrete", "23,900", "10 weeks"),
    ]
    return Sheet(
        [
            heading("5  The slipway", MINUTES_ACCENT),
            *prose("""
        Tobit Lane reported that the third wheel of the cradle is held by a tractor bolt and
        that he would not stand below it. Three ways were discussed.
        """),
            table(rows, (48, 48, 36, 34), MINUTES_ACCENT, numbers_from=2),
            gap(5),
            *prose("""
        Mr Ollen spoke for concrete, because it would outlive all present. Mrs Quill replied
        that this was her objection to it. Several members offered days of work; a list went
        round and came back with thirty-seven names.

        A young member asked whether the herons would mind the noise. The nature group will
        mark the weeks in which no hammer may be used, from 20 March to 10 July.
        """),
            heading("Resolved", size=16),
            *prose("""
        To build the cradle ourselves in larch, with a ceiling of 8,400 crowns, work to
        begin after 10 July. For: 71. Against: 8. Abstained: 4.
        """),
        ]
    )


def _motions() -> Sheet:
    return Sheet(
        [
            heading("6  Motions from members", MINUTES_ACCENT),
            heading("Motion A: a lending library of tools", size=16),
            *prose("""
        Brought by Pia and Lasse Dray, aged fourteen and twelve. Carried without a vote
        against and with applause. The two movers will keep the register.
        """),
            heading("Motion B: no more plastic cups at the fete", size=16),
            *prose("""
        Carried, 66 to 12. The pottery group undertakes to lend two hundred mugs and asks
        that they be returned in one piece each.
        """),
            heading("Motion C: to open the Net Loft on Sundays", size=16),
            *prose("""
        Discussed at length. The bats under the gable sleep by day and do not mind; the
        volunteers do. Withdrawn until enough keys can be found.
        """),
            heading("Motion D: to rename the society", size=16),
            *prose("""
        Not carried. There was one vote for it, which the mover said had been cast in jest.
        """),
            heading("7  Elections", size=16),
            *bullets(
                [
                    "Chair: Ada Rook, elected again, 79 votes",
                    "Secretary: Ines Corley, elected again, unanimously",
                    "Children's afternoons: Sanne Orrel, new, 80 votes",
                    "Auditors: Mrs Dray and Mr Ollen",
                ]
            ),
            heading("8  Any other business", size=16),
            *prose("""
        A blue mitten was found under the bench. The chair closed the meeting at twenty past
        nine; the singing ended at eleven.
        """),
        ]
    )


def _votes() -> Sheet:
    names = ("Slipway", "Motion A", "Motion B", "Motion C", "Motion D")
    series = {"for": (71, 83, 66, 0, 1), "against": (8, 0, 12, 0, 74), "abstained": (4, 0, 5, 0, 8)}
    return Sheet(
        [
            heading("Annex: how the meeting voted", MINUTES_ACCENT),
            bars(names, series, unit="votes", height_mm=90),
            caption("Motion C was withdrawn before the vote."),
            gap(5),
            table(
                [
                    ("Duty until the next meeting", "Who", "By"),
                    ("Larch ordered and stacked to dry", "Tobit Lane", "1 May"),
                    ("Quiet weeks marked in the calendar", "Marta Quill", "20 March"),
                    ("Register of tools", "Pia and Lasse Dray", "1 October"),
                    ("Two hundred mugs", "Pottery group", "14 August"),
                    ("Mitten returned", "everybody", "soon"),
                ],
                (84, 48, 34),
                MINUTES_ACCENT,
                numbers_from=3,
            ),
        ],
        plate=draft_mark,
    )


def invoice() -> list[Sheet]:
    return [_bill(), _reminder()]


def _bill() -> Sheet:
    rows = [
        ("Item", "Quantity", "Each", "Crowns"),
        (
            "Mainsail, tear of 1.8 m along the leech, patched and double-stitched",
            "1",
            "86.00",
            "86.00",
        ),
        ("Batten pockets renewed", "4", "11.50", "46.00"),
        ("Brass eyelets, 12 mm", "9", "1.40", "12.60"),
        ("Bolt rope replaced, hemp, per metre", "6", "7.20", "43.20"),
        ("Jib washed and dried", "1", "18.00", "18.00"),
        ("Collection from the quay by handcart", "1", "5.00", "5.00"),
        ("Sum", "", "", "210.80"),
    ]
    return Sheet(
        [
            heading("Pask &amp; Daughter, sailmakers", INVOICE_ACCENT, size=22),
            *prose("Rope Walk 9, Tarnmouth"),
            gap(8),
            *prose("""
        Tarnmouth Shore and Craft Society, for the attention of Joren Fell, The Old Net
        Loft, Quay Lane 4
        """),
            gap(4),
            heading("Invoice 0317", size=16),
            *prose(
                "17 June 2025. Repair of the sails of the cutter Halcyon, delivered on 12 June."
            ),
            table(rows, (100, 22, 20, 24), INVOICE_ACCENT),
            gap(6),
            *prose("""
        Please pay 210.80 crowns within thirty days to the Harbour Savings Bank, account 40
        118 226, with the number of the invoice. For payment within eight days we grant two
        per cent.

        We mended two small chafes at the tack without charge. They will come back: the boom
        rubs there, and a strip of leather would stop it.
        """),
            gap(6),
            *prose("With kind regards, Nele Pask"),
        ]
    )


def _reminder() -> Sheet:
    return Sheet(
        [
            heading("Pask &amp; Daughter, sailmakers", INVOICE_ACCENT, size=22),
            *prose("Rope Walk 9, Tarnmouth"),
            gap(8),
            heading("Reminder, and an apology", size=16),
            *prose("""
        4 August 2025. Dear Joren, our books say that invoice 0317 is still open. My father
        says that you paid it in the bakery, in coins, and that he put them into his other
        jacket.

        The other jacket has been to the laundry. If you can remember the day, I shall
        believe you and scold him. If you cannot, I shall scold him all the same, and we
        shall share the loss in the form of a smoked mackerel each.

        The storm jib can be fetched on Thursday. I have sewn a reflecting strip on its
        head, which is not on the bill, because of what happened in November two years ago.
        """),
            gap(6),
            *prose("Yours, Nele Pask"),
        ]
    )
