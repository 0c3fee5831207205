// A video at the second of a hit. Under it the relevance of every clip to the question, and the
// moments that match: a click on either jumps there.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root")
  const screen = root.address === data.address && root.screen ? root.screen : screenElement(data)
  const isNew = screen !== root.screen
  const jump = jumperOf(screen)
  const parts = [screen]
  if (data.curve.length) parts.push(curveElement(data, screen, jump))
  parts.push(footElement(data, screen, jump, (second) => setTriggerValue("framed", second)))
  if (isNew) root.replaceChildren(...parts)
  else {
    while (root.lastChild !== screen) root.lastChild.remove()
    root.append(...parts.slice(1))
  }
  if (isNew || root.unit !== data.id) jump(data.start, { play: false })
  Object.assign(root, { address: data.address, screen, unit: data.id })
}

function screenElement(data) {
  const box = element("div", { className: "screen" })
  box.style.aspectRatio = `${data.width} / ${data.height}`
  box.style.setProperty("--ratio", data.width / data.height)
  if (!data.address) {
    box.append(element("img", { src: data.poster, alt: data.label }))
    return box
  }
  const video = element("video", {
    src: data.address,
    poster: data.poster,
    controls: true,
    preload: "metadata",
    playsInline: true,
    aria: { label: data.label },
  })
  // Its own arrow keys move within the video; they must not turn to the next clip as well.
  video.addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow")) event.stopPropagation()
  })
  video.addEventListener("timeupdate", () => box.show?.(video.currentTime))
  video.addEventListener("error", () => {
    const said = "This video cannot be played here; the frame that was found stands for it."
    box.replaceChildren(
      element("img", { src: data.poster, alt: data.label }),
      element("p", { className: "broken", role: "status" }, said),
    )
  })
  box.append(video)
  return box
}

function jumperOf(screen) {
  return (second, { play = true } = {}) => {
    const video = screen.querySelector("video")
    if (!video) return
    const go = () => {
      video.currentTime = second
      if (play) video.play().catch(() => {})
    }
    if (video.readyState >= 1) go()
    else video.addEventListener("loadedmetadata", go, { once: true })
  }
}

function curveElement(data, screen, jump) {
  const share = (seconds) => `${(100 * seconds) / data.duration}%`
  const bars = data.curve.map((clip) => {
    const bar = element("span", { className: "bar", title: clip.label })
    bar.style.left = share(clip.start)
    bar.style.width = share(clip.end - clip.start)
    bar.style.setProperty("--height", clip.height)
    bar.classList.toggle("match", data.moments.some((m) => isInside(clip, m)))
    bar.classList.toggle("found", clip.start === data.start)
    return bar
  })
  const playhead = element("span", { className: "playhead" })
  const plot = element("div", { className: "plot", role: "slider", tabIndex: 0 }, [...bars, playhead])
  plot.setAttribute("aria-label", "Relevance over the whole video; arrows jump from clip to clip")
  plot.setAttribute("aria-valuemin", 0)
  plot.setAttribute("aria-valuemax", Math.round(data.duration))
  const show = (second) => {
    playhead.style.left = share(Math.min(second, data.duration))
    const clip = data.curve[clipAt(data.curve, second)]
    plot.setAttribute("aria-valuenow", Math.round(second))
    plot.setAttribute("aria-valuetext", clip.label)
  }
  show(data.start)
  screen.show = show
  plot.addEventListener("click", (event) => {
    const { left, width } = plot.getBoundingClientRect()
    jump(Math.max(0, (data.duration * (event.clientX - left)) / width))
  })
  plot.addEventListener("keydown", (event) => jumpByKey(event, data, screen, jump))
  const times = element("div", { className: "times" }, [
    element("span", {}, clock(0)),
    element("span", { className: "caption" }, "Relevance over the whole video"),
    element("span", {}, clock(data.duration)),
  ])
  return element("div", { className: "curve" }, [plot, times])
}

function isInside(clip, moment) {
  return clip.start >= moment.start - 0.001 && clip.end <= moment.end + 0.001
}

function clipAt(curve, second) {
  const later = curve.findIndex((clip) => clip.end > second + 0.01)
  return later < 0 ? curve.length - 1 : later
}

function jumpByKey(event, data, screen, jump) {
  const video = screen.querySelector("video")
  const place = clipAt(data.curve, video?.currentTime ?? data.start)
  const last = data.curve.length - 1
  const places = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: last }
  if (event.key in places) {
    const next = Math.min(Math.max(places[event.key], 0), last)
    jump(data.curve[next].start, { play: false })
  } else if (video && (event.key === "Enter" || event.key === " ")) {
    if (video.paused) video.play().catch(() => {})
    else video.pause()
  } else return
  event.preventDefault()
  event.stopPropagation()
}

function footElement(data, screen, jump, search) {
  const moments = data.moments.map((moment) => {
    const label = `Jump to ${moment.label}`
    const made = element("button", { type: "button", aria: { label } }, moment.label)
    made.className = moment.best ? "moment best" : "moment"
    made.addEventListener("click", () => jump(moment.start))
    return made
  })
  const named = moments.length ? [element("span", { className: "name" }, "Moments"), ...moments] : []
  const frame = element("button", { type: "button", className: "frame" }, [
    icon("alone"),
    "Search with this frame",
  ])
  frame.addEventListener("click", () => {
    const video = screen.querySelector("video")
    const here = video ? Math.min(video.currentTime, video.duration - 0.1) : NaN
    search(here >= 0 ? here : (data.start + data.end) / 2)
  })
  return element("div", { className: "foot" }, [
    element("div", { className: "moments" }, named),
    frame,
  ])
}
