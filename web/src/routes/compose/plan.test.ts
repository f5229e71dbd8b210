import { expect, test } from 'vitest'
import { inBothZones } from '../../time/wording.ts'
import { countText } from './count.ts'
import { planFault, publishWords, suggestedTime } from './plan.ts'

const berlin = 'Europe/Berlin'
const now = new Date('2026-11-21T10:10:00Z')

test('the button names how many accounts a post goes to', () => {
  expect(publishWords(1, undefined, berlin)).toBe('Publish to 1 account now')
  expect(publishWords(3, undefined, berlin)).toBe('Publish to 3 accounts now')
})

test('a planned time is said in the zone of the workspace and in that of the reader', () => {
  const year = new Date().getUTCFullYear()
  const instant = new Date(`${year}-11-24T17:30:00Z`)
  expect(inBothZones(instant, berlin, 'America/New_York')).toMatch(/24 Nov, 18:30 Berlin \(12:30 New York\)$/)
  expect(inBothZones(instant, berlin, 'Europe/Paris')).toMatch(/24 Nov, 18:30 Berlin$/)
  expect(inBothZones(instant, berlin, 'Asia/Tokyo')).toMatch(/18:30 Berlin \(\w+ 25 Nov, 02:30 Tokyo\)$/)
})

test('past times and times that do not exist are refused with a remedy', () => {
  expect(planFault(undefined, berlin, now)).toBeNull()
  expect(planFault('2026-11-24T18:30', berlin, now)).toBeNull()
  expect(planFault('2026-11-21T11:10', berlin, now)).toMatch(/past.*later/)
  // On the way of somebody who types 2027.
  expect(planFault('0002-11-24T18:30', berlin, now)).toMatch(/past.*later/)
  expect(planFault('2027-03-28T02:30', berlin, now)).toMatch(/02:30 does not exist.*another time/)
})

test('the suggested time is a full hour that is still to come', () => {
  expect(suggestedTime(now, berlin)).toBe('2026-11-21T12:00')
  expect(suggestedTime(new Date('2026-11-21T22:40:00Z'), berlin)).toBe('2026-11-22T01:00')
})

test('an emoji of several code points counts as one sign where the network counts graphemes', () => {
  expect(countText('👩‍👩‍👧‍👦é🇩🇪', 'graphemes')).toBe(3)
  expect(countText('ab🌅', 'characters')).toBe(4)
})
