// Preloaded into a Node program: signatures that it checks with the vendor's public key are checked with ours.
'use strict';

// SHA-256 of the Base64 text of the key in the public SDKs, without line breaks.
const VENDORS = '9d015432807eb67bd7652b9f069a89ac32c5c90798799aaf4ebe2bf1e2a1283e';
const ours = process.env.MOCKCLOUD_CEK_KEY;

if (ours) {
  const crypto = require('crypto');
  const checked = Object.getPrototypeOf(crypto.createVerify('RSA-SHA256'));
  const verify = checked.verify;

  const isVendors = (key) => {
    if (typeof key !== 'string' && !Buffer.isBuffer(key)) return false;
    const found = /-----BEGIN PUBLIC KEY-----([^-]*)-----END PUBLIC KEY-----/.exec(key.toString());
    if (!found) return false;
    return crypto.createHash('sha256').update(found[1].replace(/\s/g, '')).digest('hex') === VENDORS;
  };

  checked.verify = function (key, ...rest) {
    if (isVendors(key)) return verify.call(this, ours, ...rest);
    if (key && isVendors(key.key)) return verify.call(this, Object.assign({}, key, { key: ours }), ...rest);
    return verify.call(this, key, ...rest);
  };
}
