//! The scripts of the output, run with fakes of kind, kubectl and docker that record their calls. The tests check the calls, their
//! order, the messages and the exit status. `COMPOSE2K8S_TEST_BASH` is the path of another bash; with `COMPOSE2K8S_TEST_ALL=1` the
//! scripts wait as long as they do for users.

mod sandbox;

mod cluster;
mod commands;
mod dependable;
mod hostile;
mod live;
mod runs;
mod runtimes;
mod silence;
mod up;
