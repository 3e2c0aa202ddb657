import { z } from 'zod'
import { Parameter, ParameterValue } from './parameter.ts'

/** A parameter that an engine knows: where it goes, its values, what it does. */
export const EngineParameter = z.object({
  name: z.string().meta({ description: 'Its name in a space.' }),
  form: z.enum(['value', 'switch', 'env', 'load']).meta({
    description:
      'Where a value goes: `--flag value`; `--flag` or the flag that turns it off; a variable of the environment; the load.',
  }),
  flag: z.string().meta({ description: 'The flag; the name of the variable for `env`; empty for `load`.' }),
  offFlag: z
    .string()
    .nullable()
    .meta({ description: 'The flag that turns a switch off; null: only leaving it out does.' }),
  type: z
    .enum(['integer', 'float', 'text', 'boolean', 'any'])
    .meta({ description: '`any`: the engine does not say.' }),
  choices: z.array(ParameterValue).nullable().meta({ description: 'The values it takes; null: not listed.' }),
  suggested: Parameter.nullable().meta({
    description: 'A range worth searching; null: none is known.',
  }),
  default: ParameterValue.nullable().meta({
    description: 'null: it depends on the machine or the model, or is not known.',
  }),
  description: z.string(),
  since: z
    .string()
    .nullable()
    .meta({ description: 'The first version that has it, where a catalogue was compared with older ones.' }),
  offered: z
    .boolean()
    .nullable()
    .meta({ description: 'Whether the installed version lists it; null: it was not asked.' }),
})
export type EngineParameter = z.infer<typeof EngineParameter>
