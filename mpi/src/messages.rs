//! Bytes between ranks, of any length: MPI counts in 31 bits.

use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives, Destination, Root, Source};

/// Most bytes that are sent at once.
const PIECE: usize = 1 << 28;

/// The first rank, which leads.
pub const LEADER: i32 = 0;

/// Gives the bytes of the leader to all ranks.
pub fn broadcast(world: &SimpleCommunicator, bytes: &mut Vec<u8>) {
    let leader = world.process_at_rank(LEADER);
    let mut length = bytes.len() as u64;
    leader.broadcast_into(&mut length);
    bytes.resize(length as usize, 0);
    bytes.chunks_mut(PIECE).for_each(|piece| leader.broadcast_into(piece));
}

/// Gives the bytes of all ranks to the leader, in the order of ranks; others get nothing.
pub fn gather(world: &SimpleCommunicator, bytes: Vec<u8>) -> Vec<Vec<u8>> {
    let mut lengths = vec![0_u64; world.size() as usize];
    world.all_gather_into(&(bytes.len() as u64), &mut lengths);
    if world.rank() != LEADER {
        let leader = world.process_at_rank(LEADER);
        bytes.chunks(PIECE).for_each(|piece| leader.send(piece));
        return Vec::new();
    }
    let mut all = vec![bytes];
    for (rank, &length) in lengths.iter().enumerate().skip(1) {
        let mut received = vec![0; length as usize];
        let from = world.process_at_rank(rank as i32);
        received.chunks_mut(PIECE).for_each(|piece| _ = from.receive_into(piece));
        all.push(received);
    }
    all
}

/// Gives part r of each rank to rank r; returns the parts for this rank, in the order of ranks.
pub fn exchange(world: &SimpleCommunicator, mut parts: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let (rank, size) = (world.rank() as usize, world.size() as usize);
    let sent: Vec<u64> = parts.iter().map(|part| part.len() as u64).collect();
    let mut lengths = vec![0_u64; size];
    world.all_to_all_into(&sent[..], &mut lengths[..]);
    let mut received: Vec<Vec<u8>> = lengths.iter().map(|&length| vec![0; length as usize]).collect();
    received[rank] = std::mem::take(&mut parts[rank]);
    // In each round every rank sends to one other and receives from one other.
    for step in 1..size {
        let (to, from) = ((rank + step) % size, (rank + size - step) % size);
        let (sends, receives) = (parts[to].chunks(PIECE), received[from].chunks_mut(PIECE));
        let (to, from) = (world.process_at_rank(to as i32), world.process_at_rank(from as i32));
        mpi::request::multiple_scope(sends.len() + receives.len(), |scope, requests| {
            sends.for_each(|piece| _ = requests.add(to.immediate_send(scope, piece)));
            receives.for_each(|piece| _ = requests.add(from.immediate_receive_into(scope, piece)));
            requests.wait_all(&mut Vec::new());
        });
    }
    received
}
