const TIMES = [
  ['#c98f8a', '#ffe0a0', '#4b4f6e', 260, 340],
  ['#8cc4e8', '#fff3b0', '#3f7a58', 640, 150],
  ['#2a1f4a', '#f1efcf', '#14163a', 1020, 190],
];

export const samples = (most) => Promise.all(TIMES.slice(0, most).map(paint));

async function paint([sky, light, hills, x, y]) {
  const canvas = new OffscreenCanvas(1280, 736);
  const brush = canvas.getContext('2d');
  const fill = (style, ...box) => {
    brush.fillStyle = style;
    brush.fillRect(...box);
  };
  fill(sky, 0, 0, 1280, 736);
  brush.fillStyle = light;
  brush.arc(x, y, 70, 0, 7);
  brush.fill();
  for (let i = 0; i < 1280; i += 1) {
    const slope = Math.sin(i / 210) * 60;
    fill(`${hills}99`, i, 430 + slope, 1, 400);
    fill(hills, i, 560 - slope, 1, 400);
  }
  const type = 'image/jpeg';
  return new File([await canvas.convertToBlob({ type })], 'sample.jpg', { type });
}
