/** A command that cannot do what was asked; its message is all that people see. */
export class CommandFailure extends Error {}
