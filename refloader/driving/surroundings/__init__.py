"""What is everybody's in a process and on its machine, and a loader may change or leave behind."""
