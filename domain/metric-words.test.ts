import { expect, test } from 'vitest'
import { METRIC_NAMES } from './metric.ts'
import {
  constraintText,
  metricDefinition,
  metricFigure,
  metricLabel,
  metricTitle,
  metricUnit,
} from './metric-words.ts'

test('writes metric names for people', () => {
  expect(metricLabel('output_tokens_per_second')).toBe('output tokens/s')
  expect(metricLabel('ttft_p90_ms')).toBe('TTFT p90')
  expect(metricLabel('scheduled_ttft_p99_ms')).toBe('scheduled TTFT p99')
  expect(metricLabel('max_gap_p99_ms')).toBe('longest gap p99')
  expect(metricLabel('something_else')).toBe('something else')
})

test('knows a label and a definition of every metric', () => {
  for (const name of METRIC_NAMES) {
    expect(metricDefinition(name), name).not.toBe('')
    expect(metricLabel(name), name).not.toContain('_')
  }
})

test('leaves shares without a unit', () => {
  expect(metricUnit('error_rate')).toBe('')
  expect(metricUnit('itl_p99_ms')).toBe('ms')
  expect(metricTitle('itl_p99_ms')).toBe('ITL p99, ms')
  expect(metricTitle('requests_per_second')).toBe('requests/s')
  expect(metricTitle('error_rate')).toBe('error rate')
})

test('writes constraints for people and leaves what is none', () => {
  expect(constraintText('ttft_p90_ms<=3000')).toBe('TTFT p90 ≤ 3000 ms')
  expect(constraintText('nonsense')).toBe('nonsense')
})

test('writes figures with name and unit, once', () => {
  expect(metricFigure('ttft_p90_ms', 612.34)).toBe('TTFT p90 612.3 ms')
  expect(metricFigure('output_tokens_per_second', 4321)).toBe('output tokens/s 4,321')
  expect(metricFigure('ttft_p90_ms', null)).toBe('TTFT p90 –')
})
