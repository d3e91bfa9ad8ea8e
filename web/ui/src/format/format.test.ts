import { describe, expect, it } from 'vitest'
import { classIndex, classLabels, classTexts } from './classes'
import { addDays, age, dayNumber, daysBetween, formatDay, formatWindow, isDay } from './day'
import { axisTicks, formatChange, formatCount, formatDelta, formatRate, formatShare } from './number'
import { hoursText, parseHours, parseWeekdays, weekdaysText } from './ranges'

describe('numbers', () => {
  it('separates thousands', () => {
    expect(formatCount(1234567)).toBe('1,234,567')
    expect(formatCount(0)).toBe('0')
  })
  it('writes shares and rates with one decimal', () => {
    expect(formatShare(1, 3)).toBe('33.3%')
    expect(formatShare(2, 2)).toBe('100.0%')
    expect(formatRate(36.58)).toBe('36.6')
  })
  it('has no share or change of nothing', () => {
    expect(formatShare(0, 0)).toBe('')
    expect(formatChange(0, 5)).toBe('')
  })
  it('writes changes with a true sign', () => {
    expect(formatDelta(-1200)).toBe('−1,200')
    expect(formatDelta(3)).toBe('+3')
    expect(formatDelta(0)).toBe('0')
    expect(formatChange(80, 92)).toBe('+15.0%')
    expect(formatChange(80, 60)).toBe('−25.0%')
  })
  it('ends an axis at a round number that holds the maximum', () => {
    for (const max of [1, 2, 3, 7, 10, 11, 99, 100, 101, 12345]) {
      const ticks = axisTicks(max)
      expect(ticks[0]).toBe(0)
      expect(ticks[ticks.length - 1]).toBeGreaterThanOrEqual(max)
      expect(ticks.length).toBeLessThanOrEqual(5)
      expect(ticks.every(Number.isInteger)).toBe(true)
    }
    expect(axisTicks(0)).toEqual([0, 1])
  })
})

describe('days', () => {
  it('refuses what is not a day of the calendar', () => {
    for (const text of ['2025-02-29', '2025-13-01', '2025-1-1', '', 'today', '2025-01-01T00:00']) expect(isDay(text)).toBe(false)
    expect(isDay('2024-02-29')).toBe(true)
  })
  it('counts days across months, years and leap days', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29')
    expect(addDays('2025-01-01', -1)).toBe('2024-12-31')
    expect(daysBetween('2024-01-01', '2025-01-01')).toBe(366)
    expect(dayNumber('1970-01-02')).toBe(1)
  })
  it('shows a half-open window by its first and last day', () => {
    expect(formatWindow('2025-01-01', '2025-02-01', 'zh')).toBe('2025年1月1日 – 2025年1月31日')
    expect(formatWindow('2025-01-01', '2025-01-02', 'en')).toBe('1 Jan 2025')
    expect(formatDay('2025-01-31', 'zh', 'month')).toBe('2025年1月')
  })
  it('tells an age in its largest unit', () => {
    expect(age(20_000)).toEqual({ unit: 'now', n: 0 })
    expect(age(3 * 60_000)).toEqual({ unit: 'minute', n: 3 })
    expect(age(47 * 3_600_000)).toEqual({ unit: 'hour', n: 47 })
    expect(age(49 * 3_600_000)).toEqual({ unit: 'day', n: 2 })
  })
})

describe('ranges', () => {
  it('joins neighbours, hours with an exclusive end', () => {
    expect(hoursText([17, 8, 9, 10, 22, 23])).toBe('8-11,17,22-24')
    expect(weekdaysText([5, 1, 2, 3, 4, 7])).toBe('1-5,7')
    expect(hoursText([])).toBe('')
  })
  it('reads back what it writes, for every set of hours', () => {
    for (let seed = 0; seed < 4096; seed++) {
      const bits = (seed * 2654435761) >>> 8
      const hours = Array.from({ length: 24 }, (_, h) => h).filter((h) => (bits >> h) & 1)
      expect(parseHours(hoursText(hours))).toEqual(hours)
    }
    for (let bits = 0; bits < 128; bits++) {
      const days = [1, 2, 3, 4, 5, 6, 7].filter((d) => (bits >> (d - 1)) & 1)
      expect(parseWeekdays(weekdaysText(days))).toEqual(days)
    }
  })
  it('drops what is outside', () => {
    expect(parseHours('30,-2,x,23-26')).toEqual([23])
    expect(parseWeekdays('0-9')).toEqual([1, 2, 3, 4, 5, 6, 7])
  })
})

describe('classes', () => {
  const counts = { min: 1, max: 40, breaks: [2, 4, 9], measure: { signed: false } }
  const rates = { min: 3.7, max: 89.6, breaks: [11.655, 28.45], measure: { signed: false } }
  const changes = { min: -12, max: 23, breaks: [-1, 0, 1, 2, 5], measure: { signed: true } }

  it('of whole numbers leave no gap and hold both ends', () => {
    expect(classTexts(counts)).toEqual(['1', '2–3', '4–8', '9–40'])
    expect(classTexts({ ...counts, breaks: [] })).toEqual(['1–40'])
  })
  it('of other numbers end where the next begins', () => {
    expect(classTexts(rates)).toEqual(['3.7–11.7', '11.7–28.5', '28.5–89.6'])
  })
  it('tell where they begin when their ranges are too long to stand side by side', () => {
    const long = { min: 5, max: 530.8, breaks: [24.1, 46.4, 106.8], measure: { signed: false } }
    expect(classLabels(long)).toEqual({ texts: ['≥5.0', '≥24.1', '≥46.4', '≥106.8'], begins: true })
    expect(classLabels(counts)).toEqual({ texts: ['1', '2–3', '4–8', '9–40'], begins: false })
  })
  it('of a signed measure carry their sign', () => {
    expect(classTexts(changes)).toEqual(['−12…−2', '−1', '0', '+1', '+2…+4', '+5…+23'])
  })
  it('hold each value once', () => {
    expect([0, 1, 2, 3, 4, 8, 9, 1000].map((v) => classIndex(v, v, counts))).toEqual([-1, 0, 1, 1, 2, 2, 3, 3])
    expect([-5, -1, 0, 1, 9].map((v) => classIndex(v, 3, changes))).toEqual([0, 1, 2, 3, 5])
    expect(classIndex(0, 0, changes)).toBe(-1)
  })
})
