/** A point with two values, more of both being better. */
export type Pair = readonly [number, number]

/** Returns the points that no other one dominates, by descending first value; of equal points one. */
export function paretoFront(points: readonly Pair[]): Pair[] {
  const front: Pair[] = []
  let highest = -Infinity
  for (const point of points.toSorted((a, b) => b[0] - a[0] || b[1] - a[1])) {
    if (point[1] <= highest) continue
    front.push(point)
    highest = point[1]
  }
  return front
}

/** Returns the area that a front (as `paretoFront` gives it) dominates above a reference point. */
export function hypervolume(front: readonly Pair[], reference: Pair): number {
  let area = 0
  let height = reference[1]
  for (const [x, y] of front) {
    if (x <= reference[0] || y <= height) continue
    area += (x - reference[0]) * (y - height)
    height = y
  }
  return area
}

/** Returns the area by which a point enlarges what a front (as `paretoFront` gives it) dominates. */
export function hypervolumeGain(front: readonly Pair[], reference: Pair, [x, y]: Pair): number {
  if (x <= reference[0] || y <= reference[1]) return 0
  let area = 0
  let right = x
  let height = reference[1]
  for (const [frontX, frontY] of front) {
    if (frontX < right) {
      const left = Math.max(frontX, reference[0])
      if (y > height) area += (right - left) * (y - height)
      right = left
    }
    height = Math.max(height, frontY)
    if (height >= y || right <= reference[0]) return area
  }
  return area + (right - reference[0]) * (y - height)
}
