/** What the server of these tools is called where clients are configured. */
export const mcpServerName = "behalfid";
