// Loaded into every process that `npm start` starts. A parent that is killed outright can end nothing: its children
// would keep the port and the SQLite files, and the next start would find both taken. The pipe between them closes
// however the parent ends.

import { Socket } from "node:net";

// Names the pipe, in the environment of the one process that watches it.
const variable = "BEHALF_PARENT_PIPE";

const descriptor = process.env[variable];
// Not for the processes and threads that this one starts: they end with its group.
delete process.env[variable];

if (descriptor !== undefined) {
  const pipe = new Socket({ fd: Number(descriptor) });
  pipe.on("error", () => undefined);
  // The whole group at once: whoever is asked to end in order may wait for an answer that does not come any more.
  pipe.on("close", () => process.kill(0, "SIGKILL"));
  pipe.resume();
  pipe.unref();
}
