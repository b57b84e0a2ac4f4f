# Registers: rbx gate, r12 payload pid, r13 status fd, r14 duties, r15 signalfd.
# Frame: [rsp] status, [rsp+16] two pollfds, [rsp+64] a signalfd_siginfo.
    mov rbx, rsp
    mov rsi, [rbx + 16]
    call 70f
    mov r12, rax
    mov rsi, [rbx + 24]
    call 70f
    mov r13, rax
    mov rsi, [rbx + 32]
    call 70f
    mov r14, rax
    mov rsi, [rbx + 40]
    call 70f
    mov rbx, rax
    sub rsp, 256
    and rsp, -16
    # prctl(PR_SET_DUMPABLE, 0); prctl(PR_SET_NAME, "aril-init")
    mov eax, 157
    mov edi, 4
    xor esi, esi
    syscall
    mov eax, 157
    mov edi, 15
    lea rsi, [rip + 80f]
    syscall
    test r14b, 1
    jz 25f
    # signalfd4(-1, SIGCHLD, 8, SFD_NONBLOCK)
    mov qword ptr [rsp], 0x10000
    mov eax, 289
    mov rdi, -1
    mov rsi, rsp
    mov edx, 8
    mov r10d, 2048
    syscall
    test rax, rax
    js 50f
    mov r15, rax
    # prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter): nothing but the loops below
25:
    mov word ptr [rsp], 13
    lea rax, [rip + 81f]
    mov [rsp + 8], rax
    mov eax, 157
    mov edi, 22
    mov esi, 2
    mov rdx, rsp
    xor r10d, r10d
    xor r8d, r8d
    syscall
    test rax, rax
    jnz 50f
    # close(gate): the payload may go on
    mov eax, 3
    mov edi, ebx
    syscall
    test r14b, 1
    jnz 33f
    # The plain loop: wait4(-1, &status, __WALL, NULL)
20:
    mov r10d, 0x40000000
    call 60f
    cmp rax, -4
    je 20b
    test rax, rax
    js 50f
    call 40f
    jmp 20b
    # The watching loop: ppoll
32:
    mov dword ptr [rsp + 16], r15d
    mov dword ptr [rsp + 20], 1
    mov dword ptr [rsp + 24], r13d
    mov dword ptr [rsp + 28], 0
    mov eax, 271
    lea rdi, [rsp + 16]
    mov esi, 2
    xor edx, edx
    xor r10d, r10d
    xor r8d, r8d
    syscall
    cmp rax, -4
    je 32b
    cmp word ptr [rsp + 30], 0
    jne 50f
    # read(signalfd): empties it; several SIGCHLD may be one.
    xor eax, eax
    mov edi, r15d
    lea rsi, [rsp + 64]
    mov edx, 128
    syscall
33:
    mov r10d, 0x40000001
    call 60f
    test rax, rax
    jz 32b
    js 50f
    call 40f
    jmp 33b
    # A child ended: if it is the payload, report. rax is its pid.
40:
    cmp rax, r12
    jne 41f
    mov r12, -1
    test r14b, 2
    jz 42f
    # close_range(0, status - 1), close_range(status + 1, ~0): whoever reads the status finds locks free
    xor edi, edi
    mov esi, r13d
    dec esi
    js 43f
    call 44f
43:
    lea edi, [r13 + 1]
    mov esi, -1
    call 44f
42:
    mov eax, 1
    mov edi, r13d
    lea rsi, [rsp + 8]
    mov edx, 4
    syscall
    test r14b, 2
    jnz 50f
41:
    ret
44:
    mov eax, 436
    xor edx, edx
    syscall
    ret
50:
    mov eax, 231
    xor edi, edi
    syscall
    ud2
    # wait4(-1, status, r10, NULL): the status is at [rsp] of the caller.
60:
    mov eax, 61
    mov rdi, -1
    lea rsi, [rsp + 8]
    mov rdx, r10
    xor r10d, r10d
    syscall
    ret
    # rax = the decimal number at rsi
70:
    xor eax, eax
71:
    movzx edx, byte ptr [rsi]
    sub edx, 48
    js 72f
    imul rax, rax, 10
    add rax, rdx
    inc rsi
    jmp 71b
72:
    ret
    # struct sock_filter, as code, jt, jf, k: x86-64 only; read, write, close, wait4, restart_syscall,
    # exit_group, ppoll, close_range; everything else ends the process.
    .balign 8
81:
    .short 0x20; .byte 0, 0; .long 4
    .short 0x15; .byte 0, 10; .long 0xc000003e
    .short 0x20; .byte 0, 0; .long 0
    .short 0x15; .byte 7, 0; .long 0
    .short 0x15; .byte 6, 0; .long 1
    .short 0x15; .byte 5, 0; .long 3
    .short 0x15; .byte 4, 0; .long 61
    .short 0x15; .byte 3, 0; .long 219
    .short 0x15; .byte 2, 0; .long 231
    .short 0x15; .byte 1, 0; .long 271
    .short 0x15; .byte 0, 1; .long 436
    .short 0x06; .byte 0, 0; .long 0x7fff0000
    .short 0x06; .byte 0, 0; .long 0x80000000
