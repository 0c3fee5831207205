// The grid of results. Every card is a link to its unit; a plain click opens it in place.

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector("ul")
  const open = (event, id) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    setTriggerValue("opened", id)
  }
  list.replaceChildren(...data.cards.map((card) => cardElement(card, open)))
}

function cardElement(card, open) {
  const link = element("a", { className: "title", href: card.href, title: card.title }, card.title)
  link.addEventListener("click", (event) => open(event, card.id))
  return element("li", { className: `card ${card.kind}` }, [
    picture(card),
    element("div", { className: "words" }, [
      element("h3", {}, [link]),
      element("p", { className: "place" }, `${card.place} · ${card.folder}`),
      snippet(card.snippet),
      badges(card.badges),
      further(card, open),
    ]),
  ])
}

function picture(card) {
  const frame = element("div", { className: "frame" })
  if (card.thumbnail) {
    frame.append(element("img", { src: card.thumbnail, alt: card.alt, decoding: "async" }))
  } else {
    frame.append(element("span", { className: "missing" }, "No preview"))
  }
  if (card.kind === "video") {
    frame.append(element("span", { className: "time", ariaHidden: "true" }, card.place))
  }
  return frame
}

function snippet(runs) {
  const paragraph = element("p", { className: "snippet" })
  for (const run of runs) {
    paragraph.append(run.matched ? element("mark", {}, run.text) : run.text)
  }
  return paragraph
}

function badges(legs) {
  const list = element("p", { className: "badges" })
  for (const leg of legs) {
    list.append(element("span", { className: "badge", title: leg.title }, leg.label))
  }
  return list
}

function further(card, open) {
  if (!card.further.length) return ""
  const row = element("p", { className: "further" }, "Also ")
  for (const hit of card.further) {
    const link = element("a", { href: hit.href, title: hit.title }, hit.label)
    link.addEventListener("click", (event) => open(event, hit.id))
    row.append(link, " ")
  }
  return row
}

function element(name, properties, content = []) {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...[content].flat())
  return made
}
