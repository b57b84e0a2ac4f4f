# Registers: rbx the table, later an error number; r12 the first candidate's slot; r13 envp; r14 socket;
# r15 the number of candidates; rbp the index of the step; r9 the next candidate.
# Frame: [rsp] a sock_fprog, [rsp+16] a record, [rsp+32] iovec, [rsp+48] cmsghdr and descriptor,
# [rsp+80] msghdr.
    mov r12, [rsp]
    lea rbx, [rip + 90f]
    mov r14, [rbx]
    mov r15, [rbx + 8]
    mov rbp, [rbx + 16]
    # A name, the candidates and argv[0] at least; who executes this without them is the payload.
    lea rax, [r15 + 2]
    cmp r12, rax
    jb 51f
    mov rax, [rsp + 8]
    mov rax, [rax]
    cmp rax, [rip + 80f]
    jne 51f
    lea r13, [rsp + r12*8 + 16]
    lea r12, [rsp + 16]
    sub rsp, 256
    and rsp, -16
    # prctl(PR_SET_DUMPABLE, 0)
    mov eax, 157
    mov edi, 4
    xor esi, esi
    syscall
    test rax, rax
    jnz 50f
    # fcntl(socket, F_SETFD, FD_CLOEXEC)
    mov eax, 72
    mov rdi, r14
    mov esi, 2
    mov edx, 1
    syscall
    test rax, rax
    jnz 50f
    add rbx, 24
    # The filters: index, flags, count, instructions; flags of -1 end the table.
20:
    mov rbp, [rbx]
    mov rsi, [rbx + 8]
    cmp rsi, -1
    je 30f
    mov rdx, [rbx + 16]
    mov [rsp], rdx
    lea rax, [rbx + 24]
    mov [rsp + 8], rax
    lea rbx, [rax + rdx*8]
    test rsi, rsi
    jnz 22f
    # prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter)
    mov eax, 157
    mov edi, 22
    mov esi, 2
    mov rdx, rsp
    xor r10d, r10d
    xor r8d, r8d
    syscall
    test rax, rax
    jnz 50f
    jmp 20b
    # seccomp(SECCOMP_SET_MODE_FILTER, flags, filter), and the listener to the launcher
22:
    mov eax, 317
    mov edi, 1
    mov rdx, rsp
    syscall
    test rax, rax
    js 50f
    mov qword ptr [rsp + 16], 8
    mov qword ptr [rsp + 24], 0
    lea rdx, [rsp + 16]
    mov [rsp + 32], rdx
    mov qword ptr [rsp + 40], 16
    mov qword ptr [rsp + 48], 20
    mov dword ptr [rsp + 56], 1
    mov dword ptr [rsp + 60], 1
    mov dword ptr [rsp + 64], eax
    mov dword ptr [rsp + 68], 0
    mov qword ptr [rsp + 80], 0
    mov qword ptr [rsp + 88], 0
    lea rdx, [rsp + 32]
    mov [rsp + 96], rdx
    mov qword ptr [rsp + 104], 1
    lea rdx, [rsp + 48]
    mov [rsp + 112], rdx
    mov qword ptr [rsp + 120], 24
    mov qword ptr [rsp + 128], 0
    # sendmsg(socket, message, MSG_NOSIGNAL)
    mov eax, 46
    mov rdi, r14
    lea rsi, [rsp + 80]
    mov edx, 0x4000
    syscall
    test rax, rax
    js 50f
    jmp 20b
    # execve(candidate, argv, envp), one after the other
30:
    mov rbx, -2
    xor r9d, r9d
31:
    mov rax, rbx
    cmp r9, r15
    jae 50f
    mov rdi, [r12 + r9*8]
    lea rsi, [r12 + r15*8]
    mov rdx, r13
    mov eax, 59
    syscall
    inc r9
    cmp rax, -8
    je 35f
    cmp rax, -13
    je 32f
    cmp rax, -2
    je 33f
    cmp rax, -20
    je 33f
    cmp rax, -19
    je 33f
    cmp rax, -116
    je 33f
    jmp 50f
32:
    mov rbx, rax
    jmp 31b
33:
    cmp r15, 1
    je 50f
    jmp 31b
    # A file of unknown format: "sh" and the file take the last candidate's slot and that of argv[0].
35:
    mov rax, [r12 + r9*8 - 8]
    mov [r12 + r15*8], rax
    lea rsi, [r12 + r15*8 - 8]
    lea rax, [rip + 82f]
    mov [rsi], rax
    lea rdi, [rip + 81f]
    mov rdx, r13
    mov eax, 59
    syscall
    # A failure: rax is the negated error number. A record of it, by write(2); then the end.
50:
    neg rax
    mov dword ptr [rsp + 16], 1
    mov dword ptr [rsp + 20], ebp
    mov dword ptr [rsp + 24], 0
    mov dword ptr [rsp + 28], eax
    mov eax, 1
    mov rdi, r14
    lea rsi, [rsp + 16]
    mov edx, 16
    syscall
    mov edi, 125
    jmp 52f
51:
    mov edi, 126
52:
    mov eax, 231
    syscall
    ud2
