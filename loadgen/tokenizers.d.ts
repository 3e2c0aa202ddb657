/** What we use of it: its own types name files without their ending, which nodenext does not find. */
declare module '@huggingface/tokenizers' {
  export class Tokenizer {
    constructor(tokenizer: object, config: object)
    encode(text: string, options?: { add_special_tokens?: boolean }): { ids: number[] }
  }
}
