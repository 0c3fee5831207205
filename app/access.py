"""Who may come in: everybody, or with single sign-on the people that the settings name.

Sign-on is Streamlit's own (OpenID Connect): it is on when `.streamlit/secrets.toml` has a section
`[auth]`, see docs/app.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import session


def is_admitted(email: str | None, allowed: Sequence[str]) -> bool:
    """Tell whether an address, or its `@domain`, is among the allowed ones; no list admits all."""
    if not allowed:
        return True
    address = (email or "").strip().lower()
    domain = "@" + address.rpartition("@")[2]
    return "@" in address and any(one in (address, domain) for one in allowed)


def has_sign_on() -> bool:
    """Tell whether single sign-on is set up."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def admit() -> bool:
    """Tell whether the page may be drawn; otherwise draw the way to sign in or out."""
    if not has_sign_on():
        return True
    allowed = session.app_settings().sign_on.allowed_people
    if not st.user.get("is_logged_in"):
        draw_door("Sign in to search", None, "Sign in", st.login)
        return False
    if not is_admitted(str(st.user.get("email") or ""), allowed):
        reason = "This account may not use this library. Ask whoever runs it, or use another one."
        draw_door("No access", reason, "Sign out", st.logout)
        return False
    st.sidebar.button("Sign out", on_click=st.logout, icon=":material/logout:")
    return True


def draw_door(title: str, reason: str | None, label: str, action: object) -> None:
    """Draw the screen of somebody who is not in."""
    with st.container(key="door", width=480):
        st.subheader(title, anchor=False)
        if reason:
            st.markdown(reason)
        st.button(label, type="primary", key="door_button", on_click=action)  # type: ignore[arg-type]
