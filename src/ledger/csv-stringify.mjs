// Only here: the package's own types bring all of Node's globals into whatever project sees them.
export { stringify } from "csv-stringify/sync";
