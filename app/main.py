"""Entry of the app, `streamlit run app/main.py`: says which pages there are and draws one."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

# Streamlit puts this file's own folder on the path; what is imported is the package around it.
PACKAGE_PARENT = str(Path(__file__).resolve().parents[1])
if PACKAGE_PARENT not in sys.path:
    sys.path.insert(0, PACKAGE_PARENT)

from app import access  # noqa: E402

HERE = Path(__file__).parent

st.set_page_config(
    page_title="BTok search",
    page_icon=str(HERE / "mark.svg"),
    layout="wide",
    initial_sidebar_state="collapsed",
    menu_items={
        "About": "BTok search: pictures, documents and videos, found by words or a picture."
    },
)
st.logo(HERE / "logo.svg", size="large")
st.html(HERE / "style.css")

# The pages in the order of the navigation: a file of views/, which is also its address, its title
# and its icon. The first one answers at the app's own address.
VIEWS = (
    ("search", "Search", ":material/search:"),
    ("ask", "Ask", ":material/forum:"),
    ("library", "Library", ":material/folder_open:"),
)

pages = [
    st.Page(HERE / "views" / f"{name}.py", title=title, icon=icon, url_path=name)
    for name, title, icon in VIEWS
]
chosen = st.navigation(pages, position="top")
if access.admit():
    chosen.run()
