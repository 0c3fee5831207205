"""Entry of the app, `streamlit run app/main.py`: says which pages there are and draws one."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

# Streamlit puts this file's own folder on the path; what is imported is the package around it.
PACKAGE_PARENT = str(Path(__file__).resolve().parents[1])
if PACKAGE_PARENT not in sys.path:
    sys.path.insert(0, PACKAGE_PARENT)

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

search = st.Page(HERE / "views" / "search.py", title="Search", default=True)
st.navigation([search], position="top").run()
