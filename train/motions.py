"""Drawn clips with captions: one shape or two that move, grow, turn, appear or change colour.

Made like scenes: a plan from a seed, painted frame by frame. Every motion is a function from time
(0..1) to where and how the shapes are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

from PIL import Image

from train.scenes import pick_colours, with_article
from train.shapes import OUTLINES, ROUND, Colour, Look, near_colour, paint_ground, paint_shape

CLIP_PX = 192
FRAMES = 8


@dataclass(frozen=True, slots=True)
class State:
    """A shape at one moment: centre and radius in fractions of the frame, turn in degrees."""

    x: float = 0.5
    y: float = 0.5
    radius: float = 0.15
    angle: float = 0.0
    mixed: float = 0.0  # how far towards its second colour


@dataclass(frozen=True, slots=True)
class Motion:
    """Ways to say a motion (`{a}` and `{b}` are shapes, `{c}` a colour), and states over time."""

    ways: tuple[str, ...]
    path: Callable[[float], tuple[State, ...]]
    turns: bool = False  # needs a shape whose turn shows


class Clip(NamedTuple):
    """A drawn clip: frames, the caption that names everything, other ways to say it."""

    frames: list[Image.Image]
    caption: str
    variants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MotionPlan:
    """What a clip shows."""

    motion: str
    shapes: tuple[str, ...]
    colours: tuple[str, ...]
    ground: str
    seed: int


def line(x0: float, y0: float, x1: float, y1: float) -> Callable[[float], tuple[State, ...]]:
    """Return a straight way at even speed."""
    return lambda t: (State(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t),)


def bounce(t: float) -> tuple[State, ...]:
    """Fall and bounce twice."""
    return (State(0.5, 0.82 - 0.6 * abs(math.cos(2 * math.pi * t)) * (1 - 0.35 * t)),)


def orbit(t: float) -> tuple[State, ...]:
    """Go once around the middle, clockwise."""
    angle = 2 * math.pi * t * 7 / 8
    return (State(0.5 + 0.3 * math.cos(angle), 0.5 + 0.3 * math.sin(angle)),)


def zigzag(t: float) -> tuple[State, ...]:
    """Go from left to right, up and down."""
    return (State(0.15 + 0.7 * t, 0.5 + 0.28 * math.sin(4 * math.pi * t)),)


def meet(t: float) -> tuple[State, ...]:
    """Come together in the middle from both sides."""
    return (State(0.15 + 0.22 * t, radius=0.13), State(0.85 - 0.22 * t, radius=0.13))


def part(t: float) -> tuple[State, ...]:
    """Leave each other from the middle."""
    return meet(1 - t)


def overtake(t: float) -> tuple[State, ...]:
    """Pass a shape that stays where it is, from left to right."""
    return (State(0.12 + 0.76 * t, 0.32, 0.13), State(0.5, 0.72, 0.13))


MOTIONS: dict[str, Motion] = {
    "right": Motion(
        ("{a} moving from left to right", "{a} moves to the right", "{a} sliding right"),
        line(0.14, 0.5, 0.86, 0.5),
    ),
    "left": Motion(
        ("{a} moving from right to left", "{a} moves to the left", "{a} sliding left"),
        line(0.86, 0.5, 0.14, 0.5),
    ),
    "up": Motion(("{a} moving up", "{a} rising", "{a} moves upwards"), line(0.5, 0.86, 0.5, 0.14)),
    "down": Motion(
        ("{a} moving down", "{a} falling", "{a} moves downwards"), line(0.5, 0.14, 0.5, 0.86)
    ),
    "up right": Motion(
        ("{a} moving diagonally to the top right", "{a} moves up and to the right"),
        line(0.15, 0.85, 0.85, 0.15),
    ),
    "down right": Motion(
        ("{a} moving diagonally to the bottom right", "{a} moves down and to the right"),
        line(0.15, 0.15, 0.85, 0.85),
    ),
    "grow": Motion(
        ("{a} growing", "{a} getting bigger", "{a} becomes larger"),
        lambda t: (State(radius=0.06 + 0.3 * t),),
    ),
    "shrink": Motion(
        ("{a} shrinking", "{a} getting smaller", "{a} becomes smaller"),
        lambda t: (State(radius=0.36 - 0.3 * t),),
    ),
    "turn": Motion(
        ("{a} rotating", "{a} spinning", "{a} turning around"),
        lambda t: (State(radius=0.25, angle=200 * t),),
        turns=True,
    ),
    "appear": Motion(
        ("{a} appearing", "{a} appears", "{a} shows up on the empty background"),
        lambda t: (State(radius=0.25 if t > 0.5 else 0.0),),
    ),
    "vanish": Motion(
        ("{a} disappearing", "{a} vanishes", "{a} is there and then gone"),
        lambda t: (State(radius=0.25 if t < 0.5 else 0.0),),
    ),
    "recolour": Motion(
        ("{a} turning {c}", "{a} changes its colour to {c}", "{a} becomes {c}"),
        lambda t: (State(radius=0.25, mixed=t),),
    ),
    "bounce": Motion(("{a} bouncing", "{a} bouncing up and down", "{a} jumps"), bounce),
    "orbit": Motion(("{a} moving in a circle", "{a} going round", "{a} circles around"), orbit),
    "zigzag": Motion(
        ("{a} moving in waves from left to right", "{a} zigzags to the right"), zigzag
    ),
    "meet": Motion(
        ("{a} and {b} meeting in the middle", "{a} and {b} moving towards each other"), meet
    ),
    "part": Motion(("{a} and {b} moving apart", "{a} and {b} move away from each other"), part),
    "overtake": Motion(
        ("{a} moving to the right above {b}", "{a} passes over {b}, which stays still"), overtake
    ),
}


def plan_motion(seed: int) -> MotionPlan:
    """Decide what the clip of a seed shows, without drawing it."""
    random = Random(seed)
    motion = random.choice(list(MOTIONS))
    ground, *colours = pick_colours(random, 2)
    shapes = [name for name in OUTLINES if not (MOTIONS[motion].turns and name in ROUND)]
    return MotionPlan(motion, tuple(random.sample(shapes, 2)), tuple(colours), ground, seed)


def motion_captions(plan: MotionPlan) -> list[str]:
    """Put a clip into words: everything first, then other ways and shorter ones."""
    names = [
        with_article(f"{colour} {shape}")
        for colour, shape in zip(plan.colours, plan.shapes, strict=True)
    ]
    words = {"a": names[0], "b": names[1], "c": plan.colours[1]}
    said = [way.format(**words) for way in MOTIONS[plan.motion].ways]
    ground = f"on {with_article(plan.ground)} background"
    full = [f"{text} {ground}" for text in said]
    return [*full, *said, f"a video of {said[0]}"]


def draw_motion(seed: int, *, frames: int = FRAMES, size: int = CLIP_PX) -> Clip:
    """Draw the clip of a seed: always the same frames and captions for the same seed."""
    plan = plan_motion(seed)
    caption, *variants = motion_captions(plan)
    return Clip(paint_motion(plan, frames=frames, size=size), caption, tuple(variants))


def paint_motion(plan: MotionPlan, *, frames: int, size: int) -> list[Image.Image]:
    """Draw a plan as so many frames, first and last moment included."""
    random = Random(plan.seed + 2)
    texture = random.choice(("plain", "plain", "gradient", "grainy"))
    ground = paint_ground(texture, near_colour(plan.ground, random), size, random)
    colours = [near_colour(name, random) for name in plan.colours]
    tilt = random.uniform(-8, 8)
    shift = (random.uniform(-0.06, 0.06), random.uniform(-0.06, 0.06))
    scale = random.uniform(0.8, 1.15)
    out = []
    for number in range(frames):
        path = MOTIONS[plan.motion].path(number / max(1, frames - 1))
        states = [varied(state, tilt, shift, scale) for state in path]
        out.append(paint_moment(ground.copy(), plan.shapes, colours, states, size))
    return out


def varied(state: State, tilt: float, shift: tuple[float, float], scale: float) -> State:
    """Turn, move and scale a shape a little, the same in all frames."""
    return replace(
        state,
        x=state.x + shift[0],
        y=state.y + shift[1],
        radius=state.radius * scale,
        angle=state.angle + tilt,
    )


def paint_moment(
    image: Image.Image,
    shapes: Sequence[str],
    colours: Sequence[Colour],
    states: Sequence[State],
    size: int,
) -> Image.Image:
    """Paint the shapes of one moment on the ground and return it."""
    for shape, colour, state in zip(shapes, colours, states, strict=False):
        if state.radius > 0:
            blend = tuple(
                round(a + (b - a) * state.mixed) for a, b in zip(colour, colours[1], strict=True)
            )
            look = Look(blend, state.angle)
            centre = (size * state.x, size * state.y)
            paint_shape(image, shape, look, centre=centre, radius=size * state.radius)
    return image
