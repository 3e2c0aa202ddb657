import jsep, { type Expression } from 'jsep'
import { z } from 'zod'
import type { Configuration, ParameterValue } from './parameter.ts'

/**
 * A rule over parameters that every configuration must fulfil, such as `parallel * 256 <= ctx_size`.
 * Operators: `+ - * / %`, `< <= > >= == !=`, `&& || !`, `a ? b : c`, parentheses, lists with `in`
 * (`cache_type in ["f16", "q8_0"]`); functions: min, max, ceil, floor, log2, abs.
 */
export const Rule = z
  .string()
  .min(1)
  .max(500)
  .superRefine((text, context) => {
    const problem = ruleProblem(text)
    if (problem !== null) context.addIssue({ code: 'custom', message: problem })
  })
  .meta({
    description: 'An expression over parameters that must be true.',
    examples: ['ubatch_size <= batch_size'],
  })
export type Rule = z.infer<typeof Rule>

const FUNCTIONS: Record<string, (...values: number[]) => number> = {
  min: Math.min,
  max: Math.max,
  ceil: Math.ceil,
  floor: Math.floor,
  abs: Math.abs,
  log2: Math.log2,
}

const NUMBER_OPERATORS: Record<string, (a: number, b: number) => ParameterValue> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}
const OTHER_OPERATORS = ['==', '!=', '&&', '||', 'in']

jsep.addBinaryOp('in', 7)
for (const operator of ['|', '^', '&', '<<', '>>', '>>>', '===', '!==', '**', '??'])
  jsep.removeBinaryOp(operator)

class RuleError extends Error {}

type Node =
  | { kind: 'value'; value: ParameterValue }
  | { kind: 'name'; name: string }
  | { kind: 'list'; items: Node[] }
  | { kind: 'unary'; operator: '-' | '+' | '!'; operand: Node }
  | { kind: 'binary'; operator: string; left: Node; right: Node }
  | { kind: 'choice'; test: Node; then: Node; otherwise: Node }
  | { kind: 'call'; name: string; values: Node[] }

const Parsed: z.ZodType<Node> = z.lazy(() =>
  z.union([
    z
      .object({ type: z.literal('Literal'), value: z.union([z.string(), z.number(), z.boolean()]) })
      .transform(({ value }): Node => ({ kind: 'value', value })),
    z
      .object({ type: z.literal('Identifier'), name: z.string() })
      .transform(({ name }): Node => ({ kind: 'name', name })),
    z
      .object({ type: z.literal('ArrayExpression'), elements: z.array(Parsed) })
      .transform(({ elements }): Node => ({ kind: 'list', items: elements })),
    z
      .object({ type: z.literal('UnaryExpression'), operator: z.enum(['-', '+', '!']), argument: Parsed })
      .transform(({ operator, argument }): Node => ({ kind: 'unary', operator, operand: argument })),
    z
      .object({ type: z.literal('BinaryExpression'), operator: z.string(), left: Parsed, right: Parsed })
      .transform(({ operator, left, right }): Node => ({ kind: 'binary', operator, left, right })),
    z
      .object({
        type: z.literal('ConditionalExpression'),
        test: Parsed,
        consequent: Parsed,
        alternate: Parsed,
      })
      .transform(({ test, consequent, alternate }): Node => ({
        kind: 'choice',
        test,
        then: consequent,
        otherwise: alternate,
      })),
    z
      .object({
        type: z.literal('CallExpression'),
        callee: z.object({ type: z.literal('Identifier'), name: z.string() }),
        arguments: z.array(Parsed),
      })
      .transform((call): Node => ({ kind: 'call', name: call.callee.name, values: call.arguments })),
  ]),
)

function parse(text: string): Node {
  let expression: Expression
  try {
    expression = jsep(text)
  } catch (error) {
    throw new RuleError(error instanceof Error ? error.message : 'not an expression')
  }
  const parsed = Parsed.safeParse(expression)
  if (!parsed.success) throw new RuleError('only comparisons and arithmetic over parameters are allowed')
  return parsed.data
}

function children(node: Node): Node[] {
  switch (node.kind) {
    case 'value':
    case 'name':
      return []
    case 'list':
      return node.items
    case 'unary':
      return [node.operand]
    case 'binary':
      return [node.left, node.right]
    case 'choice':
      return [node.test, node.then, node.otherwise]
    case 'call':
      return node.values
  }
}

function namesOf(node: Node): string[] {
  return node.kind === 'name' ? [node.name] : children(node).flatMap(namesOf)
}

function unknownParts(node: Node): string[] {
  const here =
    node.kind === 'call' && !(node.name in FUNCTIONS)
      ? [`unknown function "${node.name}"; known: ${Object.keys(FUNCTIONS).join(', ')}`]
      : node.kind === 'binary' &&
          !(node.operator in NUMBER_OPERATORS) &&
          !OTHER_OPERATORS.includes(node.operator)
        ? [`unknown operator "${node.operator}"`]
        : []
  return [...here, ...children(node).flatMap(unknownParts)]
}

/** Says what is wrong with a rule's text; null when it can be evaluated. */
export function ruleProblem(text: string): string | null {
  try {
    const node = parse(text)
    if (namesOf(node).length === 0) return 'a rule must name at least one parameter'
    return unknownParts(node)[0] ?? null
  } catch (error) {
    if (error instanceof RuleError) return `not a rule: ${error.message}`
    throw error
  }
}

/** Returns the parameters that a rule names. */
export function ruleNames(rule: Rule): string[] {
  return [...new Set(namesOf(parse(rule)))]
}

/**
 * Returns whether a configuration fulfils a rule. A rule over a parameter that the configuration leaves to the
 * engine holds: its value is not known. Compile once with {@link compileRule} to check many configurations.
 */
export function compileRule(rule: Rule): (configuration: Configuration) => boolean {
  const node = parse(rule)
  const names = [...new Set(namesOf(node))]
  return (configuration) =>
    names.some((name) => configuration[name] === undefined) || evaluate(node, configuration) === true
}

function evaluate(node: Node, configuration: Configuration): ParameterValue {
  const number = (operand: Node): number => {
    const value = evaluate(operand, configuration)
    return typeof value === 'number' ? value : NaN
  }
  switch (node.kind) {
    case 'value':
      return node.value
    case 'name':
      return configuration[node.name] ?? NaN
    case 'list':
      return NaN
    case 'unary':
      if (node.operator === '!') return evaluate(node.operand, configuration) !== true
      return node.operator === '-' ? -number(node.operand) : number(node.operand)
    case 'choice':
      return evaluate(node.test, configuration) === true
        ? evaluate(node.then, configuration)
        : evaluate(node.otherwise, configuration)
    case 'call':
      return FUNCTIONS[node.name]?.(...node.values.map(number)) ?? NaN
    case 'binary': {
      const { operator, left, right } = node
      if (operator === '&&')
        return evaluate(left, configuration) === true && evaluate(right, configuration) === true
      if (operator === '||')
        return evaluate(left, configuration) === true || evaluate(right, configuration) === true
      if (operator === 'in') {
        const value = evaluate(left, configuration)
        return right.kind === 'list' && right.items.some((item) => evaluate(item, configuration) === value)
      }
      if (operator === '==') return evaluate(left, configuration) === evaluate(right, configuration)
      if (operator === '!=') return evaluate(left, configuration) !== evaluate(right, configuration)
      return NUMBER_OPERATORS[operator]?.(number(left), number(right)) ?? NaN
    }
  }
}
