// A peer of the photo bench: the JPEG ladder by sharp. `sharp.mjs MODULES`; orders come as JSON lines.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const sharp = createRequire(process.argv[2] + "/")("sharp");
sharp.concurrency(1); // one thread a photo, as ours; its own default on this C library
sharp.cache(false); // no photo comes twice

// As its documentation shows it: each size from the file.
async function single(file, ladder) {
  const made = [];
  for (const [width, quality] of ladder) {
    const picture = sharp(file).autoOrient().resize({ width, withoutEnlargement: true });
    made.push(await picture.jpeg({ quality }).toBuffer());
  }
  return made;
}

// The cheapest way that was found: decoded once, each size from the pixels of the one before.
async function cascaded(file, ladder) {
  const made = [];
  let picture = sharp(file).autoOrient();
  for (const [width, quality] of ladder) {
    const raw = picture.resize({ width, withoutEnlargement: true }).raw();
    const { data, info } = await raw.toBuffer({ resolveWithObject: true });
    const pixels = { raw: { width: info.width, height: info.height, channels: info.channels } };
    made.push(await sharp(data, pixels).jpeg({ quality }).toBuffer());
    picture = sharp(data, pixels);
  }
  return made;
}

const ways = { single, cascaded };
console.log(JSON.stringify({ ready: sharp.versions.sharp }));
for await (const line of createInterface({ input: process.stdin })) {
  const { how, photos, ladder, keep } = JSON.parse(line);
  let bytes = 0;
  for (const [number, photo] of photos.entries()) {
    const made = await ways[how](readFileSync(photo), ladder);
    made.forEach((body, rung) => keep && writeFileSync(`${keep}/${number}-${ladder[rung][0]}.jpg`, body));
    bytes += made.reduce((sum, body) => sum + body.length, 0);
  }
  console.log(JSON.stringify({ bytes }));
}
