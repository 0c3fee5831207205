"""The rainfall and tide yearbook: tables and charts, one page of it in landscape."""

from __future__ import annotations

from indexer.demo_corpus.charts import MONTHS, bars, lines, rose
from indexer.demo_corpus.paper import Sheet, beside, caption, gap, heading, prose, table

ACCENT = "#2a7f86"
RAIN = (86.4, 61.2, 48.9, 40.3, 22.7, 35.8, 57.1, 63.5, 71.0, 104.6, 128.3, 97.9)
USUAL = (82, 60, 55, 48, 51, 55, 62, 70, 76, 92, 101, 90)
HIGH = (6.1, 6.6, 9.2, 12.4, 17.9, 19.8, 22.3, 22.0, 18.4, 13.9, 9.7, 7.2)
LOW = (1.2, 1.0, 2.7, 5.1, 9.0, 12.2, 14.6, 14.4, 11.5, 8.1, 4.4, 2.3)


def sheets() -> list[Sheet]:
    return [
        _how(),
        _rain(),
        _warmth(),
        _springs("January to June", SPRINGS[:6]),
        _springs("July to December", SPRINGS[6:]),
        _storms(),
        _wind(),
        _year(),
    ]


def _how() -> Sheet:
    return Sheet(
        [
            heading("Rain and tides at Tarnmouth, 2025", ACCENT, size=28),
            heading("How we measure", size=16),
            *prose("""
        The rain gauge stands on the lawn behind the Net Loft, one metre above the grass and
        as far from the wall as the wall is high, twice over. It is a plain copper funnel of
        127 millimetres with a glass below it. Somebody reads it every morning at nine, in
        all weathers, and writes one number on a slate.

        Temperature is taken in a white louvred box at the same hour. The two small pins of
        the thermometer show the lowest and the highest value since yesterday; a magnet
        pulls them back.

        The tide board is nailed to the third pile of the eastern mole. Its zero is the
        level that the lowest tide of 1961 reached. Heights in this book are metres above
        that zero, and times are winter time throughout, so add an hour from the last Sunday
        of March to the last Sunday of October.

        In 2025 we missed three readings: two when the gate was iced shut in January, and
        one on the day of the fete, for which nobody has apologised.
        """),
            gap(4),
            heading("What the letters mean", size=16),
            table(
                [
                    ("Letter", "Meaning"),
                    ("T", "a trace of rain, too little to measure"),
                    ("E", "estimated from the airfield's gauge"),
                    ("S", "snow, melted before it was read"),
                    ("G", "gale, force eight or more, on that day"),
                ],
                (26, 140),
                ACCENT,
                numbers_from=2,
            ),
        ]
    )


def _rain() -> Sheet:
    rows = [("Month", "Rain in mm", "Usual", "Wet days", "Wettest day")]
    wet = (18, 14, 12, 11, 5, 8, 12, 13, 14, 19, 22, 20)
    most = (
        "14.2 on 9th",
        "9.8 on 21st",
        "11.0 on 3rd",
        "8.4 on 17th",
        "7.9 on 28th",
        "12.6 on 14th",
        "21.3 on 6th",
        "17.7 on 19th",
        "16.5 on 24th",
        "24.8 on 11th",
        "38.6 on 23rd",
        "19.1 on 2nd",
    )
    rows += [(MONTHS[i], f"{RAIN[i]:.1f}", str(USUAL[i]), str(wet[i]), most[i]) for i in range(12)]
    return Sheet(
        [
            heading("Rainfall month by month", ACCENT),
            *prose("""
        In all 817.7 millimetres fell, a little less than usual. May was the driest since
        the gauge was set up: 22.7 millimetres, most of it in one evening. November made up
        for it.
        """),
            bars(MONTHS, {"2025": RAIN, "usual": USUAL}, unit="millimetres of rain", height_mm=72),
            gap(3),
            table(rows, (30, 32, 30, 32, 42), ACCENT),
        ]
    )


def _warmth() -> Sheet:
    rows = [
        ("Record of the year", "Value", "Date"),
        ("Warmest afternoon", "29.4 C", "11 July"),
        ("Coldest night", "-7.8 C", "14 January"),
        ("Last frost of spring", "-0.6 C", "19 April"),
        ("First frost of autumn", "-1.1 C", "2 November"),
        ("Warmest sea, at the mole", "18.9 C", "20 August"),
    ]
    return Sheet(
        [
            heading("Temperature", ACCENT),
            *prose("""
        The lines show the mean of the daily highest and lowest temperature. The sea keeps
        the town mild: the two lines are never more than nine degrees apart, and there were
        197 days between the last frost and the first.
        """),
            lines(
                MONTHS,
                {"mean daily high": HIGH, "mean daily low": LOW},
                unit="degrees Celsius",
                height_mm=92,
            ),
            gap(4),
            table(rows, (80, 42, 44), ACCENT),
        ]
    )


SPRINGS = (
    (("14 Jan", "06:12", "5.41", "0.52"), ("30 Jan", "06:58", "5.63", "0.38")),
    (("13 Feb", "06:31", "5.52", "0.44"), ("28 Feb", "06:49", "5.84", "0.21")),
    (("14 Mar", "06:40", "5.61", "0.35"), ("30 Mar", "07:05", "6.02", "0.08")),
    (("13 Apr", "06:52", "5.58", "0.37"), ("28 Apr", "06:44", "5.97", "0.11")),
    (("12 May", "06:21", "5.40", "0.49"), ("27 May", "06:30", "5.76", "0.27")),
    (("11 Jun", "06:35", "5.22", "0.63"), ("25 Jun", "06:08", "5.55", "0.42")),
    (("10 Jul", "06:27", "5.18", "0.67"), ("25 Jul", "06:39", "5.49", "0.46")),
    (("9 Aug", "06:51", "5.33", "0.55"), ("23 Aug", "06:18", "5.62", "0.36")),
    (("8 Sep", "06:43", "5.71", "0.30"), ("22 Sep", "06:33", "5.80", "0.24")),
    (("7 Oct", "06:29", "5.99", "0.12"), ("21 Oct", "06:12", "5.74", "0.29")),
    (("6 Nov", "06:47", "6.09", "0.05"), ("20 Nov", "06:22", "5.53", "0.41")),
    (("5 Dec", "06:38", "5.91", "0.17"), ("20 Dec", "06:55", "5.44", "0.50")),
)


def _springs(months: str, tides: tuple[tuple[tuple[str, str, str, str], ...], ...]) -> Sheet:
    rows = [
        ("Spring tide", "High water", "Height in m", "Low water in m"),
        *(row for month in tides for row in month),
    ]
    first = "January" in months
    text = (
        """
        Spring tides come a day or two after full and new moon. The water then rises highest
        and also falls lowest: the sandbar to Gull Holm can be walked for about ninety
        minutes around low water, but only when the table gives less than 0.30 metres. Leave
        the island when the bell buoy starts to swing.
        """
        if first
        else """
        The highest tide of the year came on the sixth of November: 6.09 metres, with a
        stiff westerly behind it. The quay flooded for forty minutes, and the fish stall
        floated as far as the church steps. In September and October the evening tide is the
        higher of the two; keep the cellar hatch closed.
        """
    )
    heights = {
        "high": [float(h) for month in tides for _, _, h, _ in month],
        "low": [float(low) for month in tides for *_, low in month],
    }
    return Sheet(
        [
            heading(f"Spring tides, {months}", ACCENT),
            *prose(text),
            table(rows, (40, 42, 42, 42), ACCENT),
            gap(6),
            bars(
                [row[0] for month in tides for row in month],
                heights,
                unit="metres above the zero of the board",
                height_mm=62,
            ),
        ]
    )


def _storms() -> Sheet:
    rows = [
        ("Date", "Force", "From", "What happened"),
        ("9 January", "9", "NW", "Two boats dragged their anchors"),
        ("21 February", "8", "W", "Henning's dinghy lost from her mooring"),
        ("3 March", "8", "SW", "Sign of the bakery blown into the harbour"),
        ("11 October", "9", "W", "Old poplar down across Mill Road"),
        ("23 November", "10", "NW", "Quay under water, power off for six hours"),
        ("2 December", "8", "N", "Slates lost at the school, none at the Net Loft"),
    ]
    return Sheet(
        [
            heading("Log of storms", ACCENT),
            *prose("""
        A storm enters the log when the airfield reports force eight or more for at least an
        hour. Six did so, which is the usual number; the one of the twenty-third of November
        was the strongest since 2007.
        """),
            table(rows, (34, 18, 18, 96), ACCENT, numbers_from=4),
            gap(5),
            heading("The night of 23 November", size=16),
            *prose("""
        The glass fell twenty-six millibars between noon and midnight. At ten the harbour
        master doubled the lines of the ferry and sent the night watch home from the mole.
        At a quarter to one the bell buoy stopped ringing: it had turned over and lay on its
        side until morning.

        Tobit Lane read the gauge at nine the next day by standing on a fish crate. It held
        38.6 millimetres, the most in one day since we began.
        """),
        ]
    )


def _wind() -> Sheet:
    days = {"N": 31, "NE": 24, "E": 29, "SE": 26, "S": 38, "SW": 79, "W": 92, "NW": 46}
    return Sheet(
        [
            heading("Where the wind came from", ACCENT),
            beside(
                [
                    rose(days, size_mm=96),
                    caption("Days of 2025 by direction of the wind at nine in the morning."),
                ],
                prose("""
        West and south-west together blew on 171 mornings, nearly half the year. That is why
        every old house in Tarnmouth has its door to the east and its shed to the west.

        The east wind is rarer but lasts: in February it blew on eleven mornings in a row
        and brought the only skating of the winter.

        Sailors ask most about the south. A southerly of more than force five sets up a
        short, steep sea across the bar within two hours; then enter only on a rising tide.
        """),
                (98, 68),
            ),
            gap(8),
            heading("Calm mornings", size=16),
            *prose("""
        On nineteen mornings the smoke of the bakery rose straight up. Fourteen of these
        fell between June and September.
        """),
        ]
    )


def _year() -> Sheet:
    head = ("", *MONTHS)
    rows = [
        head,
        ("Rain, mm", *(f"{x:.1f}" for x in RAIN)),
        ("Mean high, C", *(f"{x:.1f}" for x in HIGH)),
        ("Mean low, C", *(f"{x:.1f}" for x in LOW)),
        (
            "Sun, hours",
            "48",
            "77",
            "121",
            "176",
            "263",
            "231",
            "244",
            "218",
            "150",
            "99",
            "52",
            "39",
        ),
        ("Frost nights", "14", "13", "7", "3", "0", "0", "0", "0", "0", "0", "4", "9"),
        ("Fog mornings", "3", "4", "5", "2", "1", "2", "0", "1", "4", "6", "5", "3"),
        ("Gale days", "1", "1", "1", "0", "0", "0", "0", "0", "0", "1", "1", "1"),
    ]
    return Sheet(
        [
            heading("The whole year on one sheet", ACCENT),
            table(rows, (30, *(18.5,) * 12), ACCENT, size=10.5),
            gap(5),
            bars(
                MONTHS,
                {"hours of sun": (48, 77, 121, 176, 263, 231, 244, 218, 150, 99, 52, 39)},
                unit="hours of sunshine",
                width_mm=250,
                height_mm=62,
            ),
            *prose(
                "Cut along the edge and pin it inside the boat shed. May was the "
                "sunniest month, with 263 hours."
            ),
        ],
        wide=True,
    )
