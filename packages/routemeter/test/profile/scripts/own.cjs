exports.commonBurn = function commonBurn(ms) {
  const end = performance.now() + ms;
  let x = 6;
  while (performance.now() < end) for (let i = 0; i < 70; i++) x = (x * 69069 + 1) & 0x7fffffff;
  return x;
};
