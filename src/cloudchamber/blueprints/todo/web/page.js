// What all parts of the page use: elements by their id, one section at a time, and the line that says what happened.

import { expire, hasEnded } from './session.js'

const SAID_S = 5 // how long good news stay; bad news stay until something else is done
let fading

export const $ = id => document.getElementById(id)

export function show(name) {
  for (const section of document.querySelectorAll('main > section')) section.hidden = section.id !== name
  const heading = $(name).querySelector('h2')
  document.title = `${heading.textContent} – MyTodoList`
  say('')
  // Whoever listens to the page or walks it by keyboard goes on from here: at the form that is to be filled in, else at
  // the heading, which does not bring up a phone's keyboard.
  const field = name === 'todos' ? null : [...$(name).querySelectorAll('input')].find(input => !input.value)
  ;(field ?? heading).focus()
}

export function say(message, { wrong = false } = {}) {
  clearTimeout(fading)
  $('message').textContent = message
  $('message').classList.toggle('wrong', wrong)
  if (message && !wrong) fading = setTimeout(() => say(''), SAID_S * 1000)
}

// Does what was asked for, says what came of it, and goes back to signing in where AWS no longer knows the user.
export async function attempt(work) {
  try {
    say(await work() || '')
  } catch (error) {
    if (hasEnded(error)) return expire()
    say(error.message, { wrong: true })
  }
}

// Once at a time. `work` gets what is filled in, where the event is a form's. Buttons are not disabled meanwhile, which
// would take the focus from under a keyboard's user.
export function on(id, event, work) {
  const source = $(id)
  source.addEventListener(event, async happened => {
    happened.preventDefault()
    if (source.ariaBusy) return
    source.ariaBusy = 'true'
    await attempt(() => work(event === 'submit' ? Object.fromEntries(new FormData(source)) : {}))
    source.ariaBusy = null
  })
}
