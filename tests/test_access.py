"""Who may come in, with single sign-on and without."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_index import DrawnIndex
from streamlit.testing.v1 import AppTest

from app import access, session

MAIN = Path(__file__).parents[1] / "app" / "main.py"
PROVIDER = {"redirect_uri": "https://x/oauth2callback", "cookie_secret": "s", "client_id": "c"}


@pytest.mark.parametrize(
    ("email", "allowed", "admitted"),
    [
        ("a@b.org", [], True),
        (None, [], True),
        ("A@B.org ", ["a@b.org"], True),
        ("a@b.org", ["@b.org"], True),
        ("a@evil-b.org", ["@b.org"], False),
        ("a@b.org.evil.com", ["@b.org"], False),
        ("c@b.org", ["a@b.org"], False),
        (None, ["@b.org"], False),
        ("", ["@"], False),
        ("b.org", ["@b.org"], False),
    ],
)
def test_addresses_and_domains_are_admitted_whole(email, allowed, admitted):
    assert access.is_admitted(email, allowed) is admitted


def shows_search(page: AppTest) -> bool:
    """Tell whether the search page over an empty index was drawn."""
    return "Nothing is indexed yet" in [title.value for title in page.header]


def test_without_sign_on_the_pages_are_drawn(monkeypatch):
    monkeypatch.setattr(session, "open_index", DrawnIndex)
    page = AppTest.from_file(str(MAIN), default_timeout=60).run()
    assert not page.exception
    assert shows_search(page)


def test_with_sign_on_nothing_is_drawn_before_somebody_has_signed_in(monkeypatch):
    def nothing():
        raise AssertionError("the index was opened for a stranger")

    monkeypatch.setattr(session, "open_index", nothing)
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    page.secrets["auth"] = PROVIDER
    page.run()
    assert not page.exception
    assert page.button(key="door_button").label == "Sign in"
    assert not shows_search(page)


@pytest.mark.parametrize(("email", "enters"), [("a@b.org", True), ("a@c.org", False)])
def test_an_account_that_is_not_named_stays_out(monkeypatch, email, enters):
    monkeypatch.setenv("BTOK_SIGN_ON__ALLOWED", "@b.org")
    session.app_settings.clear()
    monkeypatch.setattr(session, "open_index", DrawnIndex)
    monkeypatch.setattr(access.st, "user", {"is_logged_in": True, "email": email})
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    page.secrets["auth"] = PROVIDER
    page.run()
    assert not page.exception
    assert shows_search(page) is enters
    assert ("door_button" in {button.key for button in page.button}) is not enters
