import { expect, test } from 'vitest'
import { parseCpuinfo, parseSysctl, readCpu } from './cpu.ts'

const cpuinfo = (mhz: number, flags: string, model = 'Some CPU @ 2.0GHz') =>
  [0, 1]
    .map((n) => `processor\t: ${n}\nmodel name\t: ${model}\ncpu MHz\t\t: ${mhz + n}\nflags\t\t: ${flags}\n`)
    .join('\n')

test('the key is the same whatever the clock and the order of the flags', () => {
  expect(parseCpuinfo(cpuinfo(2000, 'fpu avx2 sse')).key).toBe(
    parseCpuinfo(cpuinfo(3100, 'sse fpu avx2')).key,
  )
})

test('the key is another when a flag is missing or the model is another', () => {
  const key = parseCpuinfo(cpuinfo(2000, 'fpu sse avx2')).key
  expect(parseCpuinfo(cpuinfo(2000, 'fpu sse')).key).not.toBe(key)
  expect(parseCpuinfo(cpuinfo(2000, 'fpu sse avx2', 'Other CPU')).key).not.toBe(key)
})

test('reads the features of an ARM CPU', () => {
  const cpu = parseCpuinfo('processor\t: 0\nBogoMIPS\t: 50.0\nFeatures\t: fp asimd\nCPU part\t: 0xd40\n')
  expect(cpu.model).toBe('0xd40')
  expect([...cpu.flags]).toEqual(['fp', 'asimd'])
})

test('reads what macOS says', () => {
  const cpu = parseSysctl(
    'machdep.cpu.brand_string: Apple M3\nhw.optional.neon: 1\nhw.optional.arm.FEAT_SME: 0\n',
  )
  expect(cpu.model).toBe('Apple M3')
  expect([...cpu.flags]).toEqual(['neon'])
})

test('this machine has a key of its own', async () => {
  const cpu = await readCpu(process.env)
  expect(cpu.key).toMatch(/^[0-9a-f]{64}$/)
  expect(cpu.flags.size).toBeGreaterThan(0)
})
