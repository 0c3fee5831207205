// An answer: its paragraphs, with every [n] a button that opens the cited page, and every quotation
// that is not on its page struck through.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root")
  const cite = (number) => setTriggerValue("cited", number)
  const paragraphs = data.paragraphs.map((parts) =>
    element("p", {}, parts.map((part) => partElement(part, data, cite))),
  )
  const sources = data.sources.map((source) => sourceElement(source, cite))
  const list = element("ol", { className: "sources", aria: { label: "Sources" } }, sources)
  root.replaceChildren(...paragraphs, ...(sources.length ? [list] : []))
}

function partElement(part, data, cite) {
  if (part.kind === "citation") {
    const source = data.sources.find((known) => known.number === part.number)
    const label = source ? `Page ${part.number}: ${source.label}` : `Page ${part.number}`
    return button(String(part.number), "citation", label, () => cite(part.number))
  }
  if (part.kind === "quote") return element("q", {}, part.text)
  if (part.kind === "unsupported") {
    const mark = element("span", { className: "mark" }, "not on the cited page")
    return element("span", {}, [element("del", {}, `“${part.text}”`), " ", mark])
  }
  return document.createTextNode(part.text)
}

function sourceElement(source, cite) {
  const number = element("span", { className: "number", aria: { hidden: "true" } }, `${source.number}`)
  const label = element("span", { className: "label" }, source.label)
  const made = button("", "source", `Open page ${source.number}: ${source.label}`, () =>
    cite(source.number),
  )
  if (source.thumbnail) made.append(element("img", { src: source.thumbnail, alt: "" }))
  made.append(element("span", { className: "words" }, [number, label]))
  return element("li", {}, [made])
}

function button(text, className, label, act) {
  const made = element("button", { type: "button", className, title: label, aria: { label } }, text)
  made.addEventListener("click", act)
  return made
}
