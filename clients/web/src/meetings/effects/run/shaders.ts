/**
 * Programs of the painter (GLSL ES 3.00). Row 0 of every texture is the top of the picture. Half precision, which phones
 * take for "mediump", cannot tell the columns of a wide picture apart.
 */

/** One triangle that covers all, made of nothing but its vertices' numbers. */
export const COVER = `#version 300 es
out vec2 at;
void main() {
  vec2 corner = vec2(float((gl_VertexID << 1) & 2), float(gl_VertexID & 2));
  at = corner;
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

/**
 * Makes the picture small, and leaves out the person: what is weighed lightly here does not bleed into the blur around
 * their outline. The weight travels in alpha.
 */
export const SHRINK = `#version 300 es
precision highp float;
uniform sampler2D frame;
uniform sampler2D mask;
uniform vec2 pixel;
in vec2 at;
out vec4 colour;
void main() {
  vec3 sum = vec3(0.0);
  for (int y = -1; y <= 1; y += 2)
    for (int x = -1; x <= 1; x += 2)
      sum += texture(frame, at + vec2(x, y) * pixel).rgb;
  float weight = mix(1.0, 0.04, smoothstep(0.02, 0.4, texture(mask, at).r));
  colour = vec4(sum * 0.25 * weight, weight);
}`;

/** One direction of a Gaussian blur; `reach` is the distance between two of the nine samples. */
export const BLUR = `#version 300 es
precision highp float;
uniform sampler2D frame;
uniform vec2 reach;
in vec2 at;
out vec4 colour;
const float WEIGHTS[5] = float[5](0.2042, 0.1802, 0.1238, 0.0663, 0.0276);
void main() {
  vec4 sum = texture(frame, at) * WEIGHTS[0];
  for (int index = 1; index < 5; index++) {
    vec2 away = reach * float(index);
    sum += (texture(frame, at + away) + texture(frame, at - away)) * WEIGHTS[index];
  }
  colour = sum;
}`;

/** Takes the steps out of the outline: the mask has far fewer pixels than the frame. */
export const SOFTEN = `#version 300 es
precision highp float;
uniform sampler2D mask;
uniform vec2 pixel;
in vec2 at;
out vec4 colour;
void main() {
  float sum = 0.0;
  // Between four pixels each, so that four samples weigh nine.
  for (int y = -1; y <= 1; y += 2)
    for (int x = -1; x <= 1; x += 2)
      sum += texture(mask, at + vec2(x, y) * pixel).r;
  colour = vec4(sum * 0.25);
}`;

/** The person in front of a background. `part` is the piece of the background that fills the frame. */
export const COMPOSE = `#version 300 es
precision highp float;
uniform sampler2D frame;
uniform sampler2D mask;
uniform sampler2D background;
uniform vec4 part;
in vec2 at;
out vec4 colour;
void main() {
  // The canvas has its first row at the bottom.
  vec2 here = vec2(at.x, 1.0 - at.y);
  vec4 behind = texture(background, part.xy + here * part.zw);
  float person = smoothstep(0.3, 0.75, texture(mask, here).r);
  colour = vec4(mix(behind.rgb / max(behind.a, 0.004), texture(frame, here).rgb, person), 1.0);
}`;
