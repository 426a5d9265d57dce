// Loaded into every process that `npm start` starts. A parent that is killed outright can end nothing: its children
// would keep the port and the SQLite files, and the next start would find both taken. The channel between them closes
// however the parent ends.

// The whole group at once: whoever is asked to end in order may wait for an answer that does not come any more.
process.on("disconnect", () => process.kill(0, "SIGKILL"));
// A process that has done its work is not kept by this.
process.channel?.unref();
