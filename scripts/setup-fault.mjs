/** Something a person has to put right; the message says what and how, and is printed without a stack. */
export class SetupFault extends Error {}
