// The grid of results. Every card is a link to its unit; a plain click opens it in place. What has
// not changed since the last run keeps its element, so that pictures do not flicker.

const FURTHER_SHOWN = 5

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root")
  root.open = (id) => setTriggerValue("opened", id)
  root.judge = (act, id) => setTriggerValue("judged", { act, id })
  const known = root.known ?? new Map()
  const hadFocus = parentElement.activeElement
  root.known = new Map(
    data.cards.map((card) => {
      const key = JSON.stringify(card)
      return [key, known.get(key) ?? cardElement(card, root)]
    }),
  )
  const list = root.querySelector("ul") ?? gridElement(root)
  const items = [...root.known.values()]
  items.forEach((item, place) => item.classList.toggle("beyond", isBeyond(place, data.good)))
  if (data.good > 0 && data.good < items.length) items.splice(data.good, 0, lineElement())
  list.replaceChildren(...items)
  restoreFocus(list, hadFocus, data.focus)
}

function isBeyond(place, good) {
  return good !== null && good > 0 && place >= good
}

function gridElement(root) {
  const list = element("ul", {})
  list.addEventListener("keydown", (event) => moveFocus(event, list))
  root.replaceChildren(list)
  return list
}

function lineElement() {
  return element("li", { className: "line" }, [element("span", {}, "Good matches end here")])
}

// The card that was open gets the focus again; a card that went by its own button hands it on.
function restoreFocus(list, hadFocus, wanted) {
  const opened = wanted && list.querySelector(`.card[data-units~="${CSS.escape(wanted)}"] .title`)
  if (opened) {
    opened.focus({ preventScroll: true })
    opened.closest(".card").scrollIntoView({ block: "nearest" })
  } else if (hadFocus) {
    const heir = hadFocus.isConnected ? hadFocus : list.querySelector(".title")
    heir?.focus({ preventScroll: true })
  }
}

function moveFocus(event, list) {
  const titles = [...list.querySelectorAll(".title")]
  const place = titles.indexOf(event.target)
  if (place < 0) return
  const top = titles[place].closest(".card").offsetTop
  const columns = titles.filter((title) => title.closest(".card").offsetTop === top).length
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }
  const next = titles[place + (steps[event.key] ?? NaN)]
  if (!next) return
  event.preventDefault()
  next.focus()
}

function cardElement(card, root) {
  const open = (event, id) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    root.open(id)
  }
  const link = element("a", { className: "title", href: card.href, title: card.title }, card.title)
  link.addEventListener("click", (event) => open(event, card.id))
  const made = element("li", { className: `card ${card.kind}` }, [
    picture(card),
    element("div", { className: "words" }, [
      element("h3", {}, [link]),
      element("p", { className: "place" }, `${card.place} · ${card.folder}`),
      snippet(card.snippet),
      badges(card.badges),
      further(card, open),
    ]),
    acts(card, root),
  ])
  made.dataset.units = [card.id, ...card.further.map((hit) => hit.id)].join(" ")
  return made
}

function picture(card) {
  const frame = element("div", { className: "frame" })
  if (card.thumbnail) {
    frame.append(element("img", { src: card.thumbnail, alt: card.alt, decoding: "async" }))
  } else {
    frame.append(element("span", { className: "missing" }, "No preview"))
  }
  if (card.kind === "video") {
    frame.append(element("span", { className: "time", aria: { hidden: "true" } }, card.place))
  }
  return frame
}

function acts(card, root) {
  const button = (act, label, shown = "") => {
    const made = iconButton(act, label, () => root.judge(act, card.id))
    if (shown) made.append(shown)
    return made
  }
  return element("div", { className: "acts" }, [
    button("more", `More like ${card.title}`, "More"),
    button("less", `Less like ${card.title}`, "Less"),
    button("alone", `Search with ${card.title} alone`),
  ])
}

function snippet(runs) {
  const paragraph = element("p", { className: "snippet", dir: "auto" })
  for (const [text, matched] of runs) {
    paragraph.append(matched ? element("mark", {}, text) : text)
  }
  return paragraph
}

function badges(legs) {
  const list = element("p", { className: "badges", aria: { label: "Why it is here" } })
  for (const leg of legs) {
    const rank = element("b", {}, leg.rank)
    list.append(element("span", { className: "badge", title: leg.title }, [`${leg.label} `, rank]))
  }
  return list
}

function further(card, open) {
  if (!card.further.length) return ""
  const row = element("p", { className: "further" }, "Also ")
  const links = card.further.map((hit) => {
    const link = element("a", { href: hit.href, title: hit.title }, hit.label)
    link.addEventListener("click", (event) => open(event, hit.id))
    return link
  })
  const hidden = links.slice(FURTHER_SHOWN)
  row.append(...links.slice(0, FURTHER_SHOWN))
  if (hidden.length) row.append(showRest(row, hidden))
  return row
}

function showRest(row, hidden) {
  const label = `${hidden.length} more places in this file`
  const made = element("button", { type: "button", aria: { label } }, `+${hidden.length}`)
  made.addEventListener("click", () => {
    made.replaceWith(...hidden)
    hidden[0].focus()
  })
  return made
}
