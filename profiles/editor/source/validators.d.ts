// What the build makes of the schema (build.mjs, `validators`).

declare module "sternway:validators" {
  interface Validator {
    (data: unknown): boolean;
    errors: { instancePath: string; keyword: string; params: Record<string, any> }[];
  }
  export const profile: Validator;
  export const bundle: Validator;
}
