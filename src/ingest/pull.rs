//! Turns a reader that calls back into an iterator.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, sync_channel};

/// Items that wait to be taken.
const WAITING: usize = 16;

/// What a reader gives, one item after another. The reader runs on a thread of its own, since its crate borrows one
/// object from another and cannot be asked for one item at a time; the thread ends when this is dropped.
pub(super) struct Pull<T>(Receiver<Result<T, String>>);

/// Takes an item; `Break` ends the reader.
pub(super) type Each<'a, T> = dyn FnMut(T) -> ControlFlow<()> + 'a;

impl<T: Send + 'static> Pull<T> {
    /// Runs a reader. Its error is the last item.
    pub(super) fn new(read: impl FnOnce(&mut Each<'_, T>) -> Result<(), String> + Send + 'static) -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        std::thread::spawn(move || {
            let result = read(&mut |item| match sender.send(Ok(item)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            });
            if let Err(problem) = result {
                // Nobody listens any more if this fails.
                let _ = sender.send(Err(problem));
            }
        });
        Self(receiver)
    }
}

impl<T> Iterator for Pull<T> {
    type Item = Result<T, String>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_in_order_and_an_error_last() {
        let read = |each: &mut Each<'_, usize>| {
            let _ = (0..100).try_for_each(&mut *each);
            Err("broken".to_string())
        };
        let items: Vec<_> = Pull::new(read).collect();
        assert_eq!(items.len(), 101);
        assert_eq!((items[99].clone(), items[100].clone()), (Ok(99), Err("broken".into())));
        // A reader without end ends with its iterator.
        let endless = |each: &mut Each<'_, usize>| {
            while each(1).is_continue() {}
            Ok(())
        };
        assert_eq!(Pull::new(endless).take(3).count(), 3);
    }
}
