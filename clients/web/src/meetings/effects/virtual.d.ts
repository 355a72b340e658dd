/** Made by `build/plugin.ts`: the addresses, on our own origin, of what finds people in pictures. */
declare module "virtual:segmentation" {
  export const loader: string;
  export const binary: string;
  export const model: string;
}
