import { z } from 'zod'
import {
  addMember,
  createProject,
  deleteProject,
  findProject,
  listProjects,
  removeMember,
  setQuotas,
} from '../../database/projects.ts'
import { DEFAULT_PROJECT, ProjectName, Quotas } from '../../domain/project.ts'
import { offerFreeDevices } from '../../temporal/leases.ts'
import type { ApiContext } from '../context.ts'
import { Time } from '../fields.ts'
import { noProject } from '../missing.ts'
import { HttpProblem } from '../problems.ts'
import { route, type Route } from '../route.ts'

const Project = Quotas.extend({
  name: z.string(),
  members: z.array(z.string()).meta({
    description: `Admins are in every project, and everybody is in "${DEFAULT_PROJECT}": they are not named.`,
  }),
  running: z.int().meta({ description: 'Tunings that run.' }),
  held: z.int().meta({ description: 'Devices that its experiments hold.' }),
  createdAt: Time,
}).meta({ id: 'Project' })

const Name = z.object({ name: z.string() })

/** Projects share tunings among their members, and have quotas. */
export function projectRoutes({ db, client, log }: ApiContext): Route[] {
  return [
    route({
      method: 'get',
      path: '/projects',
      operationId: 'listProjects',
      tag: 'Projects',
      summary: 'List the projects that one is in; an admin sees all',
      responses: {
        200: { description: 'By name', schema: z.object({ projects: z.array(Project) }) },
      },
      problems: [],
      async handle({ who }) {
        const projects = (await listProjects(db, who.projects)).map(
          ({ running_tunings: runningTunings, created_at, ...rest }) => ({
            ...rest,
            runningTunings,
            createdAt: created_at.toISOString(),
          }),
        )
        return { status: 200, body: { projects } }
      },
    }),

    route({
      method: 'post',
      path: '/projects',
      operationId: 'createProject',
      tag: 'Projects',
      needs: 'admin',
      summary: 'Create a project',
      body: Quotas.partial().extend({ name: ProjectName }),
      responses: { 204: { description: 'Created' } },
      problems: [409],
      async handle({ body: { name, ...quotas } }) {
        if (!(await createProject(db, name, quotas)))
          throw new HttpProblem(409, `there is a project ${name} already`)
        return { status: 204, body: null }
      },
    }),

    route({
      method: 'post',
      path: '/projects/:name/quotas',
      operationId: 'setQuotas',
      tag: 'Projects',
      needs: 'admin',
      summary: 'Set quotas of a project, those that are named; what runs goes on',
      params: Name,
      body: Quotas.partial().refine((quotas) => Object.keys(quotas).length > 0, 'name a quota'),
      responses: { 204: { description: 'Set' } },
      problems: [404],
      async handle({ params: { name }, body }) {
        if (!(await setQuotas(db, name, body))) noProject(name)
        // Should Temporal be away, housekeeping does it later.
        await offerFreeDevices(db, client).catch((error: unknown) =>
          log.warn({ err: error }, 'devices not offered'),
        )
        return { status: 204, body: null }
      },
    }),

    route({
      method: 'delete',
      path: '/projects/:name',
      operationId: 'deleteProject',
      tag: 'Projects',
      needs: 'admin',
      summary: 'Delete a project without tunings and schedules',
      params: Name,
      responses: { 204: { description: 'Deleted' } },
      problems: [404, 409],
      async handle({ params: { name } }) {
        if (name === DEFAULT_PROJECT) throw new HttpProblem(409, 'everybody is in this project: it stays')
        const answer = await deleteProject(db, name)
        if (answer === 'missing') noProject(name)
        if (answer === 'in_use')
          throw new HttpProblem(409, `${name} has tunings or schedules: delete them first`)
        return { status: 204, body: null }
      },
    }),

    route({
      method: 'post',
      path: '/projects/:name/members',
      operationId: 'addMember',
      tag: 'Projects',
      needs: 'admin',
      summary: 'Take a user into a project',
      params: Name,
      body: z.object({ user: z.string() }),
      responses: { 204: { description: 'They are in it' } },
      problems: [404, 409],
      async handle({ params: { name }, body: { user } }) {
        if ((await findProject(db, name)) === null) noProject(name)
        if (name === DEFAULT_PROJECT) throw new HttpProblem(409, 'everybody is in this project')
        if ((await addMember(db, name, user)) === 'no_such_user') {
          const message = `there is no user "${user}"`
          throw new HttpProblem(422, message, [{ pointer: '/user', message }])
        }
        return { status: 204, body: null }
      },
    }),

    route({
      method: 'delete',
      path: '/projects/:name/members/:user',
      operationId: 'removeMember',
      tag: 'Projects',
      needs: 'admin',
      summary: 'Take a user out of a project; the tunings that they started stay in it',
      params: Name.extend({ user: z.string() }),
      responses: { 204: { description: 'They are out of it' } },
      problems: [404],
      async handle({ params: { name, user } }) {
        if (!(await removeMember(db, name, user)))
          throw new HttpProblem(404, `${user} is not in the project "${name}"`)
        return { status: 204, body: null }
      },
    }),
  ]
}
