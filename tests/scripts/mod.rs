//! The kit's scripts, run with recording stand-ins for kind, kubectl and docker: what they call, in which order, what they say, how
//! they end. `COMPOSE2K8S_TEST_BASH` names another bash to run them with.

mod kit;

mod cluster;
mod dependable;
mod dns;
mod hostile;
mod live;
mod runs;
mod silence;
mod up;
