// What a search is made of beside its words. Also takes pictures pasted into the page or dropped
// on it, as long as it is on the page.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root")
  const remove = (chip) => setTriggerValue("removed", { kind: chip.kind, value: chip.value })
  root.take = (file) => takePicture(file, data.most_bytes, setTriggerValue)
  const chips = data.chips.map((chip) => chipElement(chip, remove))
  if (chips.length > 1) chips.push(clearAll(remove))
  const row = chips.length ? [element("div", { className: "chips", role: "group" }, chips)] : []
  if (row.length) row[0].setAttribute("aria-label", "This search is made of")
  root.replaceChildren(...row, dropSign())
  root.listening ??= listen(root)
  return () => {
    root.listening?.abort()
    root.listening = undefined
  }
}

function chipElement(chip, remove) {
  const parts = []
  if (chip.thumbnail) parts.push(element("img", { src: chip.thumbnail, alt: "" }))
  parts.push(element("span", { className: "label", title: chip.label }, chip.label))
  parts.push(iconButton("cross", `Remove: ${chip.label}`, () => remove(chip)))
  return element("span", { className: `chip ${chip.kind}` }, parts)
}

function clearAll(remove) {
  const made = element("button", { type: "button", className: "clear" }, "Clear all")
  made.addEventListener("click", () => remove({ kind: "all", value: "" }))
  return made
}

function dropSign() {
  const words = element("p", {}, "Drop the picture to search with it")
  return element("div", { className: "drop", aria: { hidden: "true" } }, [words])
}

function listen(root) {
  const listening = new AbortController()
  const on = (name, act) => document.addEventListener(name, act, { signal: listening.signal })
  const isOurs = (event) => !event.target.closest?.("[data-testid='stFileUploader']")
  const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files")
  on("paste", (event) => {
    const picture = [...(event.clipboardData?.files ?? [])].find(isPicture)
    if (!picture) return
    event.preventDefault()
    root.take(picture)
  })
  on("dragover", (event) => {
    if (!holdsFiles(event) || !isOurs(event)) return
    event.preventDefault()
    root.classList.add("dragging")
  })
  on("dragleave", (event) => event.relatedTarget ?? root.classList.remove("dragging"))
  on("drop", (event) => {
    root.classList.remove("dragging")
    if (!holdsFiles(event) || !isOurs(event)) return
    event.preventDefault()
    if (event.dataTransfer.files.length) root.take(event.dataTransfer.files[0])
  })
  return listening
}

function isPicture(file) {
  return file.type.startsWith("image/")
}

function takePicture(file, mostBytes, setTriggerValue) {
  if (file.size > mostBytes) {
    setTriggerValue("dropped", { size: file.size })
    return
  }
  const reader = new FileReader()
  reader.addEventListener("load", () => {
    const data = reader.result.slice(reader.result.indexOf(",") + 1)
    setTriggerValue("dropped", { data })
  })
  reader.readAsDataURL(file)
}
