/** The canonical name of the metric of requests. */
export const REQUEST = 'http.server.request';
